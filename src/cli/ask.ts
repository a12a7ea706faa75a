import type { Choice } from '../engine/index.ts'
import { Fault } from '../model/fault.ts'
import type { Plan } from '../model/plan.ts'
import { plain } from '../ui/text.ts'
import { canAsk, tell } from './terminal.ts'

async function prompts() {
  const { default: inquirer } = await import('inquirer')
  return inquirer.createPromptModule({ output: process.stderr })
}

/** A line of text; `flaw` says what is wrong with an answer. Only where `canAsk`. */
export async function askText(message: string, flaw: (text: string) => string | undefined): Promise<string> {
  const prompt = await prompts()
  const { answer } = await prompt<{ answer: string }>([
    {
      type: 'input',
      name: 'answer',
      message: plain(message),
      validate: (text: string) => flaw(text) ?? true,
    },
  ])
  return answer
}

/** Fault `usage` where nobody can be asked, `declined` unless the answer is yes. */
export async function confirm(question: string): Promise<void> {
  mustAsk()
  const prompt = await prompts()
  const { answer } = await prompt<{ answer: boolean }>([
    { type: 'confirm', name: 'answer', message: plain(question), default: false },
  ])
  if (!answer) throw new Fault('declined', 'declined; nothing was changed')
}

/** How often the account may be typed: a slip of the finger is no change of mind. */
const TRIES = 3

/** In a live account a yes is typed: the alias or the number of one of the accounts. Nothing typed is a no. */
export async function confirmPlan(plan: Plan): Promise<void> {
  const { touched } = plan.counts
  const stop = `Stop ${touched} ${touched === 1 ? 'identity' : 'identities'}`
  if (plan.target.kind === 'lab') return await confirm(`${stop} in the lab?`)
  mustAsk()
  const used = plan.callers.filter(({ cloud, account }) =>
    plan.changes.some(({ identity }) => identity.cloud === cloud && identity.account === account),
  )
  const accounts = used.length > 0 ? used : plan.callers
  const names = accounts.flatMap(({ alias, account }) => (alias === undefined ? [account] : [alias, account]))
  const shown = accounts.map(({ alias, account }) => plain(alias ?? account)).join(' or ')
  const prompt = await prompts()
  for (let left = TRIES - 1; ; left -= 1) {
    const { answer } = await prompt<{ answer: string }>([
      { type: 'input', name: 'answer', message: `${stop}? Type ${shown} to go on:` },
    ])
    const typed = answer.trim()
    if (names.includes(typed)) return
    if (typed === '') throw new Fault('declined', 'declined; nothing was changed')
    if (left === 0) throw new Fault('declined', 'that is not the account; nothing was changed')
    tell(`that is not the account; ${left === 1 ? 'one more try' : `${left} more tries`}`)
  }
}

function mustAsk(): void {
  if (canAsk()) return
  throw new Fault('usage', 'a yes is needed, and there is no terminal to ask on', {
    where: '--yes',
    next: 'look at it with --dry-run, then give --yes; nothing was changed',
  })
}

/** What to do with one entry that drifted. */
export async function chooseDrift(entry: string): Promise<Choice> {
  const prompt = await prompts()
  const { answer } = await prompt<{ answer: Choice }>([
    {
      type: 'expand',
      name: 'answer',
      message: `${plain(entry)} drifted`,
      default: 's',
      expanded: true,
      choices: [
        { key: 's', name: 'skip: leave it alone, still held', value: 'skip' },
        { key: 'u', name: 'use now as the truth', value: 'use-live' },
        { key: 'f', name: 'force before back', value: 'force' },
      ],
    },
  ])
  return answer
}
