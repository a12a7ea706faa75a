import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { callsIn, keysOf, seededKeys } from '../../rotate/aws-people.ts'
import { Scene } from '../../rotate/scene.ts'
import { someOf } from '../../setup/whole.ts'

const USER = 'billing-export'
const OLD = seededKeys(USER)
/** Some forty programs with CRASH_EVERY=1, each gone on with by another. */
const LONG = 600_000
const EVERY = Number(process.env['CRASH_EVERY'] ?? 13)

const opened: Scene[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map(scene => scene.close()))
})

/** A run that holds the key, to which each point comes back. */
async function held(): Promise<{ scene: Scene; run: string; rewind: () => Promise<void> }> {
  const scene = await Scene.kept(['aws'])
  opened.push(scene)
  const run = await scene.contain('leaked-access-key', '--input', `key=${OLD.accessKeyId}`)
  return { scene, run, rewind: await scene.save() }
}

function rotation(scene: Scene, run: string, into: string, strike: NodeJS.ProcessEnv = {}) {
  const args = ['rotate', run, '--into', into, '--lab', '--yes', '--json', '--reason', 'x']
  return scene.interdict(args, strike)
}

const secretIn = async (scene: Scene, file: string | undefined): Promise<string> => {
  if (file !== undefined) return await readFile(file, 'utf8')
  const aws = scene.lab.clouds[0]?.estate() as { accounts: { secrets: { name: string; value: string }[] }[] }
  return (
    aws.accounts.flatMap(({ secrets }) => secrets).find(({ name }) => name === 'billing/key')?.value ?? ''
  )
}

test.each(someOf(['secrets manager', 'file'], 2))(
  'killed at any point of a rotation into a %s: resume leaves one new key, and it is the one that is kept',
  async where => {
    const at = [await held(), await held()]
    const fileOf = (scene: Scene) => (where === 'file' ? join(scene.folder, 'sink.json') : undefined)
    const into = (scene: Scene) =>
      where === 'file' ? `file:${fileOf(scene)}` : 'aws-secretsmanager:billing/key'
    const [first] = at
    if (!first) throw new Error('no scene')
    const counted = join(first.scene.folder, 'points.json')
    const from = first.scene.exchanges.length
    const smooth = await rotation(first.scene, first.run, into(first.scene), { CRASH_COUNT: counted })
    expect(smooth, smooth.stdout + smooth.stderr).toMatchObject({ code: 0 })
    const { journal } = JSON.parse(await readFile(counted, 'utf8')) as { journal: number }
    const writes = first.scene.exchanges
      .slice(from)
      .flatMap(({ operation }, index) => (/^(Create|Put|Update|Delete)/.test(operation) ? [index + 1] : []))
    const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
    const others = [
      ...upTo(journal).flatMap(each => [
        ...(where === 'file' ? [] : [`journal:${each}:torn`]),
        `journal:${each}:after`,
      ]),
      // An operation that only reads leaves the state of the point before it.
      'http:1:sent',
      ...writes.map(each => `http:${each}:sent`),
    ]
    expect(others.length).toBeGreaterThan(8)
    // A write whose answer was lost is always tried, and with it the beginning.
    const points = [
      'journal:1:torn',
      ...writes.map(each => `http:${each}:answered`),
      ...others.filter((_, index) => index % EVERY === 0),
    ]
    const outcomes = { unbegun: 0, orphans: 0, adopted: 0 }
    const wrong: string[] = []

    const strike = async ({ scene, run, rewind }: (typeof at)[number], point: string) => {
      await rewind()
      const struck = await rotation(scene, run, into(scene), { CRASH_AT: point })
      // How often a new key is tried until it is known is a matter of time.
      if (struck.signal !== 'SIGKILL') return expect(struck.code, struck.stdout + struck.stderr).toBe(0)
      const begun = (await scene.read(run)).state.rotation
      if (!begun) {
        outcomes.unbegun += 1
        expect(keysOf(scene, USER)).toHaveLength(1)
        return
      }
      if (begun.finished === undefined) {
        if (point.endsWith(':answered')) {
          const refused = await scene.interdict(['restore', run, '--lab', '--yes', '--json'])
          expect(refused.code, refused.stdout).toBe(3)
        }
        const resumed = await scene.interdict(['resume', run, '--lab', '--json'])
        expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 })
      }
      const { state } = await scene.read(run)
      const [rotated] = [...state.changes.values()].filter(({ phase }) => phase === 'rotated')
      const orphans = rotated?.rotation?.orphans ?? []
      outcomes.orphans += orphans.length
      expect(orphans.every(({ outcome }) => outcome === 'deleted')).toBe(true)
      const keys = keysOf(scene, USER)
      expect(keys.map(({ status }) => status).sort()).toEqual(['Active', 'Inactive'])
      expect(keys.find(({ status }) => status === 'Inactive')?.id).toBe(OLD.accessKeyId)
      const kept = JSON.parse(await secretIn(scene, fileOf(scene))) as {
        AccessKeyId: string
        SecretAccessKey: string
      }
      expect(kept.AccessKeyId).toBe(rotated?.rotation?.done?.name)
      const credentials = { accessKeyId: kept.AccessKeyId, secretAccessKey: kept.SecretAccessKey }
      expect(await callsIn(scene, credentials)).toBe('accepted')
      // Nothing of it is left in the state folder, nor beside the file.
      const left = (await scene.files()).filter(
        ({ path, text }) => !path.endsWith('estate.json') && text.includes(kept.SecretAccessKey),
      )
      expect(left.map(({ path }) => path)).toEqual(where === 'file' ? [fileOf(scene)] : [])
    }

    const waiting = [...points]
    await Promise.all(
      at.map(async each => {
        for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
          const name = point
          await strike(each, name).catch((error: unknown) => wrong.push(`${name}: ${String(error)}`))
        }
      }),
    )
    expect(wrong).toEqual([])
    expect(outcomes.unbegun).toBeGreaterThan(0)
    expect(outcomes.orphans).toBeGreaterThan(0)
  },
  LONG,
)

test(
  'killed between the rotation and the restore that follows it, or in that: resume does the rest',
  async () => {
    const { scene, run, rewind } = await held()
    const into = ['--rotate', '--into', 'aws-secretsmanager:billing/key', '--step-down']
    const args = ['restore', run, ...into, '--lab', '--yes', '--json', '--reason', 'x']
    const counted = join(scene.folder, 'points.json')
    const smooth = await scene.interdict(args, { CRASH_COUNT: counted })
    expect(smooth, smooth.stdout + smooth.stderr).toMatchObject({ code: 0 })
    const { journal } = JSON.parse(await readFile(counted, 'utf8')) as { journal: number }
    const { entries } = await scene.read(run)
    const after = entries.length - entries.findIndex(({ type }) => type === 'rotation.finished')
    expect(after).toBeGreaterThan(3)
    for (let point = Math.max(1, journal - after); point <= journal; point += EVERY) {
      await rewind()
      const struck = await scene.interdict(args, { CRASH_AT: `journal:${point}:after` })
      if (struck.signal !== 'SIGKILL') continue
      const { state: left } = await scene.read(run)
      if (left.restore?.finished === undefined) {
        const resumed = await scene.interdict(['resume', run, '--lab', '--json'])
        expect(resumed, `${point}: ${resumed.stdout}${resumed.stderr}`).toMatchObject({ code: 0 })
      }
      const { state } = await scene.read(run)
      expect(state.restore?.finished, String(point)).toBe('complete')
      expect([...state.changes.values()].filter(({ phase }) => phase === 'rotated')).toHaveLength(1)
      expect(keysOf(scene, USER).find(({ id }) => id === OLD.accessKeyId)?.status).toBe('Inactive')
    }
  },
  LONG,
)
