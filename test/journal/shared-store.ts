import { createPublicKey } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openObjectRuns } from '../../src/journal/object-runs.ts'
import type { Store } from '../../src/journal/store.ts'
import { type ObjectLab, startObjects } from '../../src/lab/objects/index.ts'
import { REAL } from '../../src/model/timing.ts'
import type { ObjectStore } from '../../src/store/objects/object-store.ts'
import { repeated } from '../../src/store/objects/repeated.ts'
import { s3Objects } from '../../src/store/objects/s3.ts'
import { skippingTime } from '../skipping-time.ts'

/** One machine of a team: its own key and heads. */
export interface Machine {
  config: string
  objects: ObjectStore
  store: Store
}

export interface SharedStore {
  lab: ObjectLab
  machine(name: string): Promise<Machine>
  close(): Promise<void>
}

/** Objects of a lab's bucket; the header that tells the lab who asks is not signed. */
export function labObjects(endpoint: string): ObjectStore {
  const authorization = 'AWS4-HMAC-SHA256 Credential=test/20261130/eu-central-1/s3/aws4_request'
  const service = s3Objects({
    ...{ where: 's3://team/cases', base: `${endpoint}/team`, prefix: 'cases/' },
    async send({ method, url, headers, body }) {
      const answer = await fetch(url, {
        method,
        headers: { ...headers, authorization },
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      })
      return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) }
    },
  })
  return repeated(service, { ...REAL, sleep: skippingTime().sleep })
}

/** Starts a bucket of the lab, and makes machines that trust each other's keys. */
export async function sharedStore(ignores: readonly string[] = []): Promise<SharedStore> {
  const lab = await startObjects({ ignores })
  lab.bucket('team')
  const root = await mkdtemp(join(tmpdir(), 'interdict-team-'))
  const keys = join(root, 'keys')
  await mkdir(keys)
  return {
    lab,
    async machine(name) {
      const config = join(root, name)
      const objects = labObjects(lab.endpoint)
      const store = openObjectRuns(objects, { config })
      return { config, objects, store }
    },
    async close() {
      await lab.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** Puts the public key of one machine among those that another trusts. */
export async function trust(trusting: Machine, { config }: Machine, name: string): Promise<void> {
  const folder = join(trusting.config, 'trusted')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const pem = createPublicKey(await readFile(join(config, 'seal.pem'))).export({
    type: 'spki',
    format: 'pem',
  })
  await writeFile(join(folder, `${name}.pem`), pem, { mode: 0o600 })
}

/** Writes a run of the store to a folder as a local state folder has it. */
export async function pulled(
  { objects, config }: Machine,
  run: string,
): Promise<{ state: string; config: string }> {
  const state = await mkdtemp(join(tmpdir(), 'interdict-pulled-'))
  const names = await objects.list(`runs/${run}/`)
  const parts = await Promise.all(
    names.map(async name => (await objects.get(name))?.bytes ?? Buffer.alloc(0)),
  )
  await mkdir(join(state, 'runs'), { mode: 0o700 })
  await writeFile(join(state, 'runs', `${run}.jsonl`), Buffer.concat(parts), { mode: 0o600 })
  const copy = join(state, 'config')
  await cp(config, copy, { recursive: true, filter: from => !from.endsWith('heads') })
  return { state, config: copy }
}
