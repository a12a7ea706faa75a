/** `node paused-writer.ts ENDPOINT CONFIG RUN`: opens a run, waits for a line, appends, and prints the code of the fault. */
import { once } from 'node:events'
import { openObjectRuns } from '../../src/journal/object-runs.ts'
import { now, written } from './fixture.ts'
import { labObjects } from './shared-store.ts'

const [endpoint = '', config = '', run = ''] = process.argv.slice(2)
const { journal } = await openObjectRuns(labObjects(endpoint), { config }).append(run, now)
process.stdout.write('open\n')
await once(process.stdin, 'data')
const code = await journal.append(written('late')).then(
  () => 'written',
  (error: { code?: string }) => error.code,
)
process.stdout.write(`${code}\n`, () => process.exit())
