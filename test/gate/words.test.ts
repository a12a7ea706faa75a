import { afterAll, beforeAll, expect, test } from 'vitest'
import { productVersion } from '../../src/egress/product.ts'
import { GateProgram } from './gate-program.ts'

let gate: GateProgram
beforeAll(() => {
  gate = new GateProgram()
})
afterAll(() => gate.close())

test.each([[['--version']], [['version']], [['-v']]])(
  'interdict-gate %s prints name and version',
  async args => {
    expect(await gate.run(args)).toEqual({
      exit: 0,
      stdout: `interdict-gate ${productVersion()}\n`,
      stderr: '',
    })
  },
)

test.each([[['--help']], [['help']], [['-h']], [['help', 'hook']], [['log', '--help']], [['hook', '-h']]])(
  'interdict-gate %s prints the help',
  async args => {
    const { exit, stdout } = await gate.run(args)
    expect(exit).toBe(0)
    expect(stdout).toMatch(/^interdict-gate: decides/)
  },
)

test('a hook with --help among its words blocks: its exit code is a decision', async () => {
  const { exit } = await gate.run(['hook', '--harness', 'claude', '--help'], '{}')
  expect(exit).toBe(2)
})

test.each([
  ['a command', ['hok'], 'did you mean hook?'],
  ['a flag', ['hook', '--polcy', 'x'], 'did you mean --policy?'],
  ['a command that resembles nothing', ['xyzzy-plugh'], 'interdict-gate --help'],
])('the gate refuses %s that it does not know, with what was meant', async (_, args, next) => {
  const { exit, stderr } = await gate.run(args)
  expect(exit).toBe(2)
  expect(stderr).toContain(next)
})

test('log says that there are no decisions yet before the first one', async () => {
  const { exit, stdout, stderr } = await gate.run(['log'])
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: '' })
  expect(stderr).toContain('no decisions yet')
})
