import { spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { IAMClient } from '@aws-sdk/client-iam'
import { expect, test } from 'vitest'
import { seedEstate } from '../../src/lab/aws/seed/index.ts'
import { aws } from '../../src/providers/aws/index.ts'
import { startAwsLab } from '../aws-lab.ts'
import { firstMoves, lookAtMoves, undoMoves } from '../lab/aws/first-moves.ts'
import { everything } from './everything.ts'

const JUDGE = fileURLToPath(new URL('./judge.py', import.meta.url))

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
    const [session] = sessions
    if (!session) throw new Error('the lab does not let us in')
    // As long as the real one, since the ids of AWS have a length.
    const cut = await everything(aws, session, name => `gone${name.slice(4)}`)
    expect([...cut].sort(), 'every interruption was tried').toEqual(
      aws.interruptions.map(({ id }) => id).sort(),
    )
    const thief = new IAMClient({
      endpoint: lab.endpoint,
      region: 'us-east-1',
      credentials: { ...lab.responder },
    })
    const made = await firstMoves(thief)
    await lookAtMoves(thief, made)
    await undoMoves(thief, made)
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
