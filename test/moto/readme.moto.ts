import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Program, program } from '../commands/program.ts'
import { emulatorStart, missing, motoEnd, walk } from '../readme/road.ts'
import { endpoint } from './server.ts'

let interdict: Program
let leaked: string

beforeAll(() => {
  const [install = '', serve = '', variables = '', key = ''] = emulatorStart()
  expect(install).toContain('pip install')
  expect(serve).toContain('moto_server -H 127.0.0.1')
  // The server is the suite's own, at a port of its own.
  const environment = Object.fromEntries(
    [...variables.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  )
  environment['AWS_ENDPOINT_URL'] = endpoint
  const [, script = ''] = /-c "(.*)"$/.exec(key) ?? []
  const python = process.env['INTERDICT_TEST_PYTHON'] ?? ''
  leaked = execFileSync(python, ['-c', script], {
    env: { PATH: process.env['PATH'], ...environment },
    encoding: 'utf8',
  }).trim()
  interdict = program(environment)
})
afterAll(() => interdict.close())

test('the road of the README runs against moto as the README says: only doctor cannot tell what it may do', async () => {
  const exits: { [command: string]: number | null } = {}
  for await (const { step, ran } of walk(interdict.run, leaked)) {
    const [, verb = ''] = step.command.split(' ')
    exits[step.command.includes('--dry-run') ? 'dry run' : verb] = ran.exit
    if (verb === 'contain') expect(missing(motoEnd(), ran.stdout), ran.stdout).toEqual([])
  }
  expect(exits).toEqual({
    ...{ doctor: 4, inventory: 0, plan: 0, contain: 0 },
    ...{ status: 0, verify: 0, 'dry run': 0, restore: 0 },
  })
})
