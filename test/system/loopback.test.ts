import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Desk } from '../hostile/program.ts'
import { someOf } from '../setup/whole.ts'

const PRELOAD = fileURLToPath(new URL('./loopback.preload.mjs', import.meta.url))

let desk: Desk
/** It is tried again and again, so that it runs beside the others. */
let leaving: ReturnType<typeof watched>
beforeAll(async () => {
  desk = await Desk.open()
  leaving = watched(['inventory', '--json', '--kind', 'role'], { AWS_ENDPOINT_URL: '' })
})
afterAll(async () => {
  await desk.close()
})

async function watched(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const record = join(desk.folder, `record-${args.join('-').replaceAll(/\W/g, '-')}`)
  const ended = await desk.interdict(args, { ...environment, LOOPBACK_RECORD: record }, ['--import', PRELOAD])
  const left = await readFile(record, 'utf8')
  return { ended, left }
}

/** As on a machine that has everything set up: none of it may be asked in a rehearsal. */
const SET_UP = { AWS_ENDPOINT_URL: '', AWS_PROFILE: 'production', AWS_EC2_METADATA_DISABLED: 'false' }

const COMMANDS: [string, string[]][] = [
  ['a drill', ['drill', 'leaked-access-key']],
  ['a containment in the lab', ['contain', 'leaked-access-key', '--lab', '--yes']],
]

it.each(someOf(COMMANDS, 2))('%s reaches nothing but this machine', async (_, args) => {
  const { ended, left } = await watched(args, SET_UP)
  expect(left).toBe('')
  expect(ended.code, ended.stderr).toBe(0)
})

it('an inventory of a cloud goes to its endpoint and nowhere else', async () => {
  const { ended, left } = await watched(['inventory', '--json'])
  expect(left).toBe('')
  expect(ended.code, ended.stderr).toBe(0)
})

it('the watch would have seen a call that leaves', async () => {
  const { ended, left } = await leaving
  expect(left).toMatch(/amazonaws\.com/)
  expect(ended.code).not.toBe(0)
})
