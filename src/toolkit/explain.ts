import type { Playbook } from '../model/playbook/playbook.ts'
import { catalogOf, providersOf } from './clouds.ts'
import { explainedTriggers } from './explained-trigger.ts'
import type { Explanation } from './explanation.ts'
import type { Host } from './host.ts'
import { readPlaybook, shippedNames } from './playbooks.ts'
import { learnedIn, readingOf } from './watch/judge.ts'
import type { Reading } from './watch/reading.ts'

const MOST_EVENTS = 100

/** A record, and the playbooks whose triggers are tested on it. */
export interface ExplainRequest extends Reading {
  /** The text of a record in the cloud's own format. */
  record: string
  /** Files, or names of shipped playbooks; all shipped ones with triggers when empty. */
  playbooks: readonly string[]
}

/** The events in a record, and which condition of each trigger they do not meet. Faults: `usage`, `invalid-playbook`. */
export async function explainRecord(
  { clouds, folders }: Pick<Host, 'clouds' | 'folders'>,
  request: ExplainRequest,
): Promise<Explanation> {
  const options = await readingOf(clouds, request)
  const catalog = catalogOf(await providersOf(undefined, clouds))
  const names = request.playbooks.length > 0 ? request.playbooks : await shippedNames()
  const playbooks: Playbook[] = []
  for (const name of names) playbooks.push(await readPlaybook(name, catalog))
  const baseline = await learnedIn(folders)
  const { signals, poison } = await options.reader.signalsOf(request.record, options)
  return {
    events: signals.slice(0, MOST_EVENTS).map(event => ({
      event,
      triggers: playbooks.flatMap(playbook => explainedTriggers(playbook, event, baseline)),
    })),
    ...(poison === undefined ? {} : { setAside: poison.reason }),
  }
}
