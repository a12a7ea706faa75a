import { spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { seedEstate } from '../../src/lab/aws/seed/index.ts'
import { differences } from '../../src/model/facet.ts'
import type { Identity } from '../../src/model/identity.ts'
import type { Context, Interruption } from '../../src/model/interruption.ts'
import type { Json } from '../../src/model/json.ts'
import type { Session } from '../../src/model/provider.ts'
import { aws } from '../../src/providers/aws/index.ts'
import { startAwsLab } from '../aws-lab.ts'

const JUDGE = fileURLToPath(new URL('./judge.py', import.meta.url))

/** Everything that we ask of AWS, asked of the lab: the whole inventory, each interruption cut, probed and put back. */
async function everything(session: Session): Promise<{ cut: Set<string> }> {
  const all: Identity[] = []
  const kinds = aws.kinds.map(({ name }) => name)
  for await (const identity of session.inventory({ kinds })) all.push(identity)
  for (const identity of all) {
    await session.credentials(identity)
    await session.dependents?.(identity)
  }
  const cut = new Set<string>()
  for (const interruption of aws.interruptions as readonly Interruption[]) {
    for (const identity of all.filter(({ kind }) => interruption.on.includes(kind))) {
      if (session.spares(identity) !== undefined) continue
      if (await cutAndPutBack(session, interruption, identity)) cut.add(interruption.id)
    }
    const some = all.find(({ kind }) => interruption.on.includes(kind))
    // The answers about what is not there are judged as well.
    const gone = some && { ...some, name: `gone${some.name.slice(4)}`, id: `${some.id}-gone` }
    if (gone) await interruption.read(session.client, contextOf(interruption, gone)).catch(() => undefined)
  }
  return { cut }
}

const contextOf = (interruption: Interruption, identity: Identity): Context => ({
  run: 'spec',
  now: new Date().toISOString(),
  identity,
  params: (interruption.example ?? {}) as Json,
  exhausted: [],
})

async function cutAndPutBack(
  session: Session,
  interruption: Interruption,
  identity: Identity,
): Promise<boolean> {
  const context = contextOf(interruption, identity)
  const reading = await interruption.read(session.client, context)
  if (!reading) return false
  const known = { ...context, ...(reading.seen === undefined ? {} : { seen: reading.seen }) }
  if (interruption.refuse?.(reading.facet, known)) return false
  const after = interruption.cut(reading.facet, known)
  if (differences(reading.facet, after).length === 0) return false
  try {
    await interruption.write(session.client, reading.facet, after, known)
  } catch {
    // A refusal is recorded and judged like any answer; whether it is right is for the lab's own tests.
    return false
  }
  await interruption.probe?.(session.client, known)
  await interruption.write(session.client, after, reading.facet, known)
  return true
}

test("botocore's models accept every request of ours and every answer of the lab", {
  timeout: 300_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'interdict-spec-'))
  const file = join(folder, 'exchanges.ndjson')
  const out = createWriteStream(file)
  const lab = await startAwsLab({
    estate: () => seedEstate(new Date().toISOString()),
    record: exchange => void out.write(`${JSON.stringify(exchange)}\n`),
  })
  try {
    const { sessions, unreached } = await aws.connect({
      scope: { accounts: ['self'] },
      lab: { endpoint: lab.endpoint, credentials: { ...lab.responder } },
    })
    expect(unreached).toEqual([])
    const { cut } = await everything(sessions[0]!)
    expect([...cut].sort(), 'every interruption was tried').toEqual(
      aws.interruptions.map(({ id }) => id).sort(),
    )
    out.end()
    await finished(out)
    const python = process.env.INTERDICT_TEST_PYTHON
    if (!python) throw new Error('run this suite with: npm run test:moto')
    const { status, stdout, stderr } = spawnSync(python, [JUDGE, file], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    expect(status, `${stdout}${stderr}`).toBe(0)
  } finally {
    await lab.close()
    await rm(folder, { recursive: true, force: true })
  }
})
