import { cp, readFile } from 'node:fs/promises'
import { Recording } from '../recording.ts'

/** A plan that waits for somebody's approval. */
export async function recordPlanned(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws'] })
  await at.lead([
    'plan',
    'leaked-access-key',
    '--input',
    'key=AKIAIOSFODNN7EXAMPLE',
    '--out',
    at.path('plan.json'),
  ])
  const { digest } = JSON.parse(await readFile(at.path('plan.json'), 'utf8')) as { digest?: string }
  await at.save(digest === undefined ? {} : { digest })
  await cp(at.path('plan.json'), at.saved('plan.json'))
  await at.close()
}
