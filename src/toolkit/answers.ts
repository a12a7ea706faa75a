import type { Choice } from '../engine/decide.ts'
import { Fault } from '../model/fault.ts'
import type { Host } from './host.ts'
import type { Question } from './question.ts'

type YesOrNo = Extract<Question, { safe: false }>

/** Whether the host said yes. */
export async function isYes({ answer }: Pick<Host, 'answer'>, question: YesOrNo): Promise<boolean> {
  return (await answer(question)) === true
}

/** @throws Fault `declined` unless the host says yes, `interrupted` when it was stopped meanwhile */
export async function agree(host: Pick<Host, 'answer' | 'signal'>, question: YesOrNo): Promise<void> {
  if (!(await isYes(host, question))) throw new Fault('declined', 'declined; nothing was changed')
  if (host.signal?.aborted) throw interrupted()
}

const CHOICES: readonly string[] = ['skip', 'use-live', 'force'] satisfies Choice[]

/** The choice about a setting that drifted; undefined when nobody chose. */
export async function chosen(
  { answer }: Pick<Host, 'answer'>,
  question: Extract<Question, { type: 'drift' }>,
): Promise<Choice | undefined> {
  const given = await answer(question)
  return CHOICES.includes(String(given)) ? (given as Choice) : undefined
}

/** The text that the host gave; undefined when it gave none. */
export async function textOf(
  { answer }: Pick<Host, 'answer'>,
  question: Extract<Question, { type: 'input' | 'reason' }>,
): Promise<string | undefined> {
  const given = await answer(question)
  return typeof given === 'string' ? given : undefined
}

/** The Fault for work that was stopped before it changed anything. */
export function interrupted(): Fault {
  return new Fault('interrupted', 'interrupted; nothing was changed')
}
