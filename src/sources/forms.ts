import type { QueueKind } from './queue-kind.ts'

/** Returns what `--source` takes, for help texts: `file:PATH, -, sqs:URL, … or …`. */
export function sourceForms(queues: readonly QueueKind[]): string {
  const all = ['file:PATH', '-', ...queues.map(({ scheme, form }) => `${scheme}:${form}`)]
  return `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`
}
