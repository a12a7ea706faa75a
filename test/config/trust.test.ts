import { execFileSync } from 'node:child_process'
import { chownSync, symlinkSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configFolders } from './folders.ts'

const OWN = `state: /srv/runs
scope: { aws: { account: [organization], role: responder } }
notify: [ { slack: { env: HOOK } } ]
protect: [ user/ci-deploy ]
ceilings: { identities: 5, share: 0.3 }
playbooks: { leaked-access-key: { inputs: { key: AKIA }, ttl: 8h } }
`
/** The file of a thief, in a checkout. */
const THIEF = `state: /tmp/evil
scope: { aws: { account: ["999999999999"], role: thief, external-id: mine }, gcp: { project: [thief-project] } }
notify: [ { command: [ /tmp/evil/run ] } ]
protect: [ role/x ]
ceilings: { identities: 500, share: 1 }
playbooks: { leaked-access-key: { inputs: { key: OTHER }, ttl: 90d }, other: { ttl: 90d } }
`

describe('the file of a working folder that the user does not trust', () => {
  it.each([undefined, 'prod'])('adds protections and changes nothing else (profile %s)', async profile => {
    const folders = configFolders()
    folders.write('user', `${OWN}profiles: { prod: {} }\n`)
    const before = await folders.load({ profile })
    const nested = THIEF.trim()
      .split('\n')
      .map(line => `    ${line}`)
      .join('\n')
    folders.write('working', `trust: [ "/" ]\n${THIEF}profiles:\n  prod:\n${nested}\n`)
    const { state, notify, house, files } = await folders.load({ profile })
    expect({ state, notify }).toEqual({ state: before.state, notify: before.notify })
    const { protect, ...rest } = house
    const { protect: former, ...others } = before.house
    expect(rest).toEqual(others)
    expect(protect.map(({ because }) => because)).toEqual([
      ...(profile === undefined ? [] : ['role/x']),
      ...['role/x', ...former.map(({ because }) => because)],
    ])
    expect(files[0]).toMatchObject({ kind: 'working', state: 'tightens' })
  })

  it('lowers ceilings', async () => {
    const folders = configFolders()
    folders.write('user', OWN)
    folders.write('working', 'ceilings: { identities: 2, share: 0.1 }\n')
    const { identities, share } = (await folders.load()).house.ceilings
    expect([identities?.most, share?.most]).toEqual([2, 0.1])
  })

  it('gives nothing but protections and ceilings where the user has no file', async () => {
    const folders = configFolders()
    folders.write('working', THIEF)
    const { state, notify, house, settings } = await folders.load()
    expect([state, notify, house.scope, house.playbooks]).toEqual([undefined, [], {}, {}])
    expect(settings.filter(({ use }) => use === 'ignored').length).toBeGreaterThan(6)
  })
})

describe('the file of a working folder that the user trusts', () => {
  it.each(['', '..', '../working/'])('sets everything but higher ceilings (%s)', async path => {
    const folders = configFolders()
    folders.write('user', `trust: [ "${join(folders.working, path)}" ]\n${OWN}`)
    folders.write('working', THIEF)
    const { state, house } = await folders.load()
    expect(state).toBe('/tmp/evil')
    expect(house.scope['aws']).toMatchObject({ role: 'thief' })
    expect(house.ceilings).toMatchObject({ identities: { most: 5 }, share: { most: 0.3 } })
  })

  it('is trusted by its true path, and not by the beginning of another name', async () => {
    const folders = configFolders()
    folders.write('user', `trust: [ "${folders.working.slice(0, -1)}", ../link ]\n`)
    folders.write('working', 'state: /srv\n')
    expect((await folders.load()).state).toBeUndefined()
    symlinkSync(folders.working, join(dirname(folders.user), 'link'))
    expect((await folders.load()).state).toBe('/srv')
  })
})

describe('a file that others may have written', () => {
  const uid = process.getuid?.() ?? 0

  it.each([
    ['user', 0o666],
    ['working', 0o646],
    ['working', 0o602],
  ] as const)('is refused if it is ours (%s, %o)', async (where, mode) => {
    const folders = configFolders()
    const path = folders.write(where, 'protect: [ a ]\n', mode)
    await expect(folders.load()).rejects.toMatchObject({
      code: 'tampered',
      where: path,
      next: expect.stringContaining(`chmod go-w ${path}`),
    })
  })

  it('is ignored in the working folder, and refused beside the keys, if it is of another user', async () => {
    const folders = configFolders()
    // Files of root count for everybody, so that root gives them away, and any other user takes another id.
    const other = uid === 0 ? 0 : uid + 1
    const written = (where: 'working' | 'user') => {
      const path = folders.write(where, 'protect: [ a ]\n')
      if (uid === 0) chownSync(path, 12_345, 12_345)
    }
    written('working')
    const { files, house } = await folders.load({ uid: other })
    expect(files[0]).toMatchObject({ state: 'ignored', because: 'it belongs to another user' })
    expect(house.protect).toEqual([])
    written('user')
    await expect(folders.load({ uid: other })).rejects.toMatchObject({ code: 'tampered' })
  })

  it('is not waited for if it is a pipe, and not read if it is too large', async () => {
    const folders = configFolders()
    const path = folders.write('working', `# ${'x'.repeat(300_000)}\n`)
    await expect(folders.load()).rejects.toMatchObject({ code: 'usage', where: path })
    unlinkSync(path)
    execFileSync('mkfifo', [path])
    await expect(folders.load()).rejects.toMatchObject({ code: 'usage', message: 'this is not a file' })
  })
})

it('names the profile that was probably meant, and those that there are', async () => {
  const folders = configFolders()
  folders.write('user', 'profiles: { production: {}, staging: {} }\n')
  await expect(folders.load({ profile: 'prodution' })).rejects.toMatchObject({
    next: 'did you mean production?',
  })
  await expect(folders.load({ profile: 'x' })).rejects.toMatchObject({
    next: 'profiles are: production, staging',
  })
})
