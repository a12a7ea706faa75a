import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Desk } from '../hostile/program.ts'

let desk: Desk

beforeEach(async () => {
  desk = await Desk.open()
})
afterEach(() => desk.close())

/** Roles are listed; the first page of users fails. A refusal would cost what it alone would have shown. */
const breakOff = (code = 'ValidationError', status = 400) =>
  desk.lab.faults.add({
    operation: 'GetAccountAuthorizationDetails',
    trouble: { kind: 'error', code, status },
    nth: 2,
    times: 0,
  })

const rolesIn = (identities: { kind: string }[]) => identities.filter(({ kind }) => kind === 'role').length

describe('a listing that breaks off in the middle', () => {
  it.each([
    ['ValidationError', 400, 'rejected', 4],
    ['ExpiredToken', 403, 'not-authenticated', 2],
    ['Throttling', 400, 'throttled', 4],
  ])('prints one JSON document with what was listed when it is for %s', async (wire, status, code, exit) => {
    breakOff(wire, status)
    const ended = await desk.interdict(['inventory', '--cloud', 'aws', '--json'])
    const data = JSON.parse(ended.stdout)
    expect(rolesIn(data.identities)).toBeGreaterThan(0)
    expect(data.counts.role).toBe(rolesIn(data.identities))
    expect(data).toMatchObject({
      error: { code, where: expect.stringContaining('GetAccountAuthorizationDetails') },
      exit,
      unreached: [{ cloud: 'aws', fault: { code } }],
      warnings: [],
    })
    expect(ended.code).toBe(exit)
    expect(ended.stdout + ended.stderr).not.toContain('interdict resume')
    expect(ended.stderr).toContain('is not complete')
  })

  it('prints the document for --format json too', async () => {
    breakOff()
    const ended = await desk.interdict(['inventory', '--cloud', 'aws', '--format', 'json'])
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: 'rejected' }, exit: 4 })
    expect(ended.code).toBe(4)
  })

  it('prints lines that parse, with the error in the last one, when they are NDJSON', async () => {
    breakOff()
    const ended = await desk.interdict(['inventory', '--cloud', 'aws', '--format', 'ndjson'])
    const lines = ended.stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines.length).toBeGreaterThan(1)
    expect(lines.at(-1)).toMatchObject({ error: { code: 'rejected' }, exit: 4 })
    expect(rolesIn(lines.slice(0, -1))).toBe(lines.length - 1)
    expect(ended.code).toBe(4)
  })

  it('writes the file with what was listed when --out names one', async () => {
    breakOff()
    const ended = await desk.interdict(['inventory', '--cloud', 'aws', '--json', '--out', 'found.json'])
    const data = JSON.parse(await readFile(join(desk.folder, 'found.json'), 'utf8'))
    expect(rolesIn(data.identities)).toBeGreaterThan(0)
    expect(data.error).toMatchObject({ code: 'rejected' })
    expect(ended.code).toBe(4)
  })

  it('prints the table of what was listed and the error', async () => {
    breakOff()
    const ended = await desk.interdict(['inventory', '--cloud', 'aws'])
    expect(ended.stdout).toMatch(/identities: \d+ role/)
    expect(ended.stderr).toMatch(/✖ iam:GetAccountAuthorizationDetails/)
    expect(ended.stderr).not.toContain('resume')
    expect(ended.code).toBe(4)
  })

  it('prints an empty document when the first page fails', async () => {
    desk.lab.faults.add({
      operation: 'GetAccountAuthorizationDetails',
      trouble: { kind: 'error', code: 'ValidationError', status: 400 },
      times: 0,
    })
    const ended = await desk.interdict(['inventory', '--cloud', 'aws', '--kind', 'role', '--json'])
    expect(JSON.parse(ended.stdout)).toMatchObject({
      identities: [],
      counts: {},
      error: { code: 'rejected' },
    })
    expect(ended.code).toBe(4)
  })
})

describe('warnings of a session', () => {
  const refuse = (operation: string) =>
    desk.lab.faults.add({
      operation,
      trouble: { kind: 'error', code: 'AccessDenied', status: 403 },
      times: 0,
    })

  it.each([[['--json']], [['--format', 'ndjson']], [['--format', 'csv']], [[]]])(
    'are on stderr with %j, and in the JSON',
    async flags => {
      refuse('GenerateCredentialReport')
      refuse('GetCredentialReport')
      const ended = await desk.interdict(['inventory', '--cloud', 'aws', '--kind', 'user', ...flags])
      expect(ended.stderr).toContain('interdict: no credential report of')
      if (flags[0] === '--json') {
        expect(JSON.parse(ended.stdout).warnings).toEqual([expect.stringContaining('no credential report')])
      }
      expect(ended.code).toBe(0)
    },
  )
})

describe('a command without a run', () => {
  it.each([
    ['doctor', ['doctor', '--cloud', 'aws', '--json']],
    ['doctor as text', ['doctor', '--cloud', 'aws']],
    ['plan', ['plan', 'playbook.yaml', '--json']],
    ['contain before it began', ['contain', 'playbook.yaml', '--yes', '--json']],
  ])('never says to resume one when a listing fails: %s', async (_, args) => {
    desk.lab.faults.add({
      operation: 'GetAccountAuthorizationDetails',
      trouble: { kind: 'error', code: 'AccessDenied', status: 403 },
      times: 0,
    })
    desk.lab.faults.add({
      operation: 'GetUser',
      trouble: { kind: 'error', code: 'AccessDenied', status: 403 },
      times: 0,
    })
    const ended = await desk.interdict(args)
    expect(ended.code).not.toBe(0)
    expect(ended.stdout + ended.stderr).toContain('GetAccountAuthorizationDetails')
    expect(ended.stdout + ended.stderr).not.toContain('interdict resume')
  })
})
