import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CLEARED_VARIABLES } from '../../src/gate/cleared-variables.ts'
import { bin, GateProgram } from './gate-program.ts'

let gate: GateProgram
let scratch: string
beforeEach(() => {
  gate = new GateProgram()
  gate.policy('version: 1\nrules: []\n')
  scratch = join(gate.folder, 'scratch')
  mkdirSync(scratch)
})
afterEach(() => gate.close())

const unset = `unset ${CLEARED_VARIABLES.join(' ')}`
const CALL = JSON.stringify({ hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: {} })

/** The hook in a shell, as a harness runs it, with variables of an attacker. */
function hook(first: string, env: NodeJS.ProcessEnv) {
  const { INTERDICT_STATE: state = '', INTERDICT_CONFIG: config = '' } = gate.env
  const line = `${first}; '${process.execPath}' '${bin}' hook --harness claude --agent a --policy '${config}/gate.yaml' --state '${state}' --config '${config}'`
  return spawnSync('/bin/sh', ['-c', line], { env: { ...gate.env, ...env }, input: CALL, encoding: 'utf8' })
}

/** An attacker's variables, and what shows that they had an effect. */
const ATTACKS: [string, () => NodeJS.ProcessEnv, (ended: { stdout: string; stderr: string }) => boolean][] = [
  [
    'NODE_OPTIONS with code',
    () => ({ NODE_OPTIONS: `--require=${evil()}` }),
    ({ stdout }) => stdout.includes('taken over'),
  ],
  [
    'NODE_OPTIONS with a module',
    () => ({ NODE_OPTIONS: `--import=${evil()}` }),
    ({ stdout }) => stdout.includes('taken over'),
  ],
  [
    'NODE_OPTIONS that ends Node',
    () => ({ NODE_OPTIONS: '--none' }),
    ({ stderr }) => stderr.includes('--none'),
  ],
  ['NODE_V8_COVERAGE', () => ({ NODE_V8_COVERAGE: scratch }), () => readdirSync(scratch).length > 0],
  ['NODE_COMPILE_CACHE', () => ({ NODE_COMPILE_CACHE: scratch }), () => readdirSync(scratch).length > 0],
  [
    'NODE_DEBUG',
    () => ({ NODE_DEBUG: 'fs,module,esm,worker' }),
    ({ stderr }) => /\b(MODULE|FS|ESM) \d+/.test(stderr),
  ],
  [
    'NODE_DEBUG_NATIVE',
    () => ({ NODE_DEBUG_NATIVE: 'CODE_CACHE,PLATFORM_MINIMAL' }),
    ({ stderr }) => stderr !== '',
  ],
  ...(process.platform === 'linux'
    ? ([
        [
          'LD_DEBUG',
          () => ({ LD_DEBUG: 'libs', LD_DEBUG_OUTPUT: join(scratch, 'ld') }),
          // One file for each process: the shell's is there in any case.
          () => readdirSync(scratch).length > 1,
        ],
        [
          'LD_LIBRARY_PATH',
          () => ({ LD_LIBRARY_PATH: brokenLibraries() }),
          ({ stderr }) => stderr.includes('node') && stderr.includes('libdl.so.2'),
        ],
      ] satisfies typeof ATTACKS)
    : []),
]

function evil(): string {
  const path = join(scratch, 'evil.cjs')
  writeFileSync(path, "process.stdout.write('taken over'); process.exit(0)\n")
  return path
}

function brokenLibraries(): string {
  writeFileSync(join(scratch, 'libdl.so.2'), 'no library')
  return scratch
}

test.each(ATTACKS)('%s is powerless once the list is cleared, and has power before', (_, env, worked) => {
  const clear = hook(unset, env())
  expect({ worked: worked(clear), stderr: clear.stderr }).toEqual({ worked: false, stderr: '' })
  expect(JSON.parse(clear.stdout)).toMatchObject({
    hookSpecificOutput: { permissionDecision: 'deny', permissionDecisionReason: 'no rule allows it' },
  })
  expect(worked(hook(':', env()))).toBe(true)
})

test.each(['/bin/sh', '/bin/bash'])('%s removes all of them and goes on', shell => {
  const { status, stdout } = spawnSync(
    shell,
    ['-c', `${unset}; '${process.execPath}' -p 'JSON.stringify(Object.keys(process.env))'`],
    {
      env: {
        PATH: '/usr/bin:/bin',
        KEPT: '1',
        ...Object.fromEntries(
          // A loader that finds these ends the shell before it reads anything.
          CLEARED_VARIABLES.filter(name => name !== 'GLIBC_TUNABLES').map(name => [name, '']),
        ),
      },
      encoding: 'utf8',
    },
  )
  const left: string[] = JSON.parse(stdout)
  expect({ status, cleared: left.filter(name => CLEARED_VARIABLES.includes(name)) }).toEqual({
    status: 0,
    cleared: [],
  })
  expect(left).toContain('KEPT')
})

test('every name is one, and none is there twice', () => {
  expect(CLEARED_VARIABLES.filter(name => !/^[A-Z][A-Z0-9_]*$/.test(name))).toEqual([])
  expect(new Set(CLEARED_VARIABLES).size).toBe(CLEARED_VARIABLES.length)
})
