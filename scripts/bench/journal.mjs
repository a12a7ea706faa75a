import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const LANES = 16

/** Entries a second that are on disk, from one lane and from several that share the flushes. */
export async function journal(built) {
  const { openStore } = await built('journal/store.js')
  const folder = mkdtempSync(join(tmpdir(), 'interdict-bench-'))
  const store = openStore({ state: join(folder, 'state'), config: join(folder, 'config') })
  const body = { type: 'change.written', key: 'aws:111122223333:user/ci-deploy aws.user.quarantine' }
  const measure = async (run, lanes, each) => {
    const file = await store.create(run, () => new Date().toISOString())
    const begun = performance.now()
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        for (let n = 0; n < each; n += 1) await file.append(body)
      }),
    )
    const seconds = (performance.now() - begun) / 1000
    await file.close()
    return `${Math.round((lanes * each) / seconds)} entries/s`
  }
  try {
    return [
      ['journal, one lane, each entry flushed', await measure('aaaa', 1, 500)],
      [`journal, ${LANES} lanes sharing flushes`, await measure('bbbb', LANES, 250)],
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
