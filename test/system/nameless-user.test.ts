import { spawn } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/journal/store.ts'
import { PLAYBOOK, refusal } from '../guard/program.ts'
import { checked } from '../results.ts'
import { isWhole } from '../setup/whole.ts'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const LONG = 300_000
/** No passwd file has it. */
const NOBODY = 54_321

/** Where Node keeps compiled code for that user, who may not write to the folder of other tests. */
const COMPILED_FOR_NOBODY = `/tmp/interdict-compiled-${NOBODY}`

/** Becoming another user takes root; CI runs as root, as containers do. */
const isRoot = process.getuid?.() === 0

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A folder of the nameless user, whose home can be read and not written to. */
async function estate(): Promise<{ state: string; config: string; home: string; folder: string }> {
  // Every user may enter it, which TMPDIR does not promise.
  const folder = await mkdtemp('/tmp/interdict-nameless-')
  const paths = { state: join(folder, 'state'), config: join(folder, 'config'), home: join(folder, 'home') }
  await chmod(folder, 0o755)
  for (const each of Object.values(paths)) await mkdir(each, { mode: 0o700 })
  await chown(paths.state, NOBODY, NOBODY)
  await chown(paths.config, NOBODY, NOBODY)
  await chmod(paths.home, 0o555)
  await mkdir(COMPILED_FOR_NOBODY, { recursive: true })
  await chown(COMPILED_FOR_NOBODY, NOBODY, NOBODY)
  return { ...paths, folder }
}

/** Starts the program under a number without a name, with nothing in its environment but what is given. */
function asNobody(args: readonly string[], environment: { [name: string]: string }): Promise<Ended> {
  const drop = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', process.execPath]
  const child = spawn('setpriv', [...drop, BIN, ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return new Promise<Ended>((resolve, reject) => {
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', chunk => {
      stdout += chunk
    })
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    child.once('error', reject)
    child.once('close', code => resolve({ code, stdout, stderr }))
  }).then(ended => checked(args, ended))
}

describe.runIf(isRoot)('a user id without a passwd entry, without SHELL, with a read-only home', () => {
  const environmentOf = ({ state, config, home }: Awaited<ReturnType<typeof estate>>) => ({
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: home,
    INTERDICT_STATE: state,
    INTERDICT_CONFIG: config,
    NODE_COMPILE_CACHE: COMPILED_FOR_NOBODY,
  })

  it(
    'contains, shows and restores',
    async () => {
      const where = await estate()
      const environment = environmentOf(where)
      const contained = await asNobody(
        ['contain', 'leaked-access-key', '--lab', '--yes', '--reason', 'test', '--json'],
        environment,
      )
      expect(contained, contained.stderr + contained.stdout).toMatchObject({ code: 0 })
      const { run } = JSON.parse(contained.stdout)
      const store = openStore(where)
      expect((await store.read(run)).state.actor.user).toBe(String(NOBODY))
      for (const args of [
        ['status', run],
        ['restore', run, '--lab', '--yes', '--reason', 'test'],
      ]) {
        const ended = await asNobody(args, environment)
        expect(ended, `${args[0]}: ${ended.stderr}`).toMatchObject({ code: 0 })
      }
    },
    LONG,
  )

  if (isWhole) {
    it(
      'contains without HOME',
      async () => {
        const where = await estate()
        const { HOME: _, ...environment } = environmentOf(where)
        const args = ['contain', 'leaked-access-key', '--lab', '--yes', '--reason', 'test', '--json']
        const ended = await asNobody(args, environment)
        expect(ended, ended.stderr + ended.stdout).toMatchObject({ code: 0 })
      },
      LONG,
    )
  }

  it(
    'contains what a watch sees',
    async () => {
      const where = await estate()
      const playbook = join(where.folder, 'playbook.yaml')
      const log = join(where.folder, 'log')
      await writeFile(playbook, PLAYBOOK('act'))
      await writeFile(log, [1, 2, 3].map(n => `${refusal(`e${n}`)}\n`).join(''))
      const ended = await asNobody(
        ['watch', playbook, '--source', `file:${log}`, '--once', '--lab', '--json'],
        environmentOf(where),
      )
      expect(ended, ended.stderr + ended.stdout).toMatchObject({ code: 0 })
      expect(ended.stdout).toContain('"event":"contained"')
    },
    LONG,
  )

  if (isWhole) {
    it(
      'rehearses a playbook',
      async () => {
        const ended = await asNobody(['drill', 'leaked-access-key', '--json'], environmentOf(await estate()))
        expect(ended, ended.stderr).toMatchObject({ code: 0 })
        expect(JSON.parse(ended.stdout)).toMatchObject({ passed: true })
      },
      LONG,
    )
  }

  it(
    'says which folder to choose where none can be written',
    async () => {
      const where = await estate()
      const { PATH, HOME } = environmentOf(where)
      const args = ['contain', 'leaked-access-key', '--lab', '--yes', '--reason', 'test']
      const ended = await asNobody(args, { PATH, HOME })
      expect(ended).toMatchObject({ code: 5 })
      expect(ended.stderr).toContain('--state')
      expect(ended.stderr).not.toContain('bug')
    },
    LONG,
  )
})
