import { Fault } from '../model/fault.ts'
import { identityText } from '../model/identity-text.ts'
import type { Plan } from '../model/plan.ts'
import type { Answer, Question } from '../toolkit/question.ts'
import { entryName } from '../ui/entry.ts'
import { plain } from '../ui/text.ts'
import { canAsk, tell } from './terminal.ts'

/** Answers the toolkit's question on the terminal, or with `--yes`; where there is no terminal, the safe default holds. */
export async function answer(question: Question, yes: boolean): Promise<Answer | undefined> {
  switch (question.type) {
    case 'contain':
      return yes || (await confirmPlan(question.plan))
    case 'restore':
      return yes || (await confirm(`Restore ${changesText(question.changes)}?`))
    case 'rotate': {
      const { credentials, changes } = question
      const made = credentials === 1 ? 'a new credential' : `${credentials} new credentials`
      return (
        yes || (await confirm(`Make ${made}${changes === 0 ? '' : `, and restore ${changesText(changes)}`}?`))
      )
    }
    case 'approve':
      return (
        yes || (await confirm(`Approve this, to ${question.act} run ${question.run}, as ${question.as}?`))
      )
    case 'prepare-guard': {
      const names = question.accounts.map(({ account, alias }) =>
        alias === undefined ? account : `${alias} (${account})`,
      )
      if (!yes && !canAsk()) {
        throw new Fault(
          'usage',
          'attaching a guard policy needs a confirmation, and there is no terminal to ask on',
          {
            where: '--prepare-guard',
            next: `${question.command} --yes`,
          },
        )
      }
      return yes || (await confirm(`Attach an empty guard policy to ${names.join(', ')} as ${question.as}?`))
    }
    case 'trust-state':
      if (!canAsk()) return undefined
      tell(`interdict: ${question.because.message}`)
      return await confirm('Use this state folder all the same?')
    case 'input': {
      const { name, description, flaw } = question
      return canAsk() ? await askText(`${name}: ${description}`, flaw) : undefined
    }
    case 'drift':
      return yes || !canAsk() ? undefined : await askDrift(question)
    case 'give-back':
      return !yes && canAsk() && (await askToGiveBack(question))
    case 'reason':
      return canAsk()
        ? await askText('Why?', text => (text.trim() === '' ? 'a reason is needed' : undefined))
        : undefined
  }
}

/**
 * @throws Fault `usage` where nobody can say yes
 * @param flags of a command that changes something
 * @param look the flag that only shows what would change; undefined if the command has none
 */
export function needYes(flags: { yes?: boolean; dryRun?: boolean }, look?: '--dry-run'): void {
  if (flags.dryRun || flags.yes || canAsk()) return
  throw new Fault('usage', 'this needs a confirmation, and there is no terminal to ask on', {
    where: '--yes',
    next: `${look === undefined ? '' : `look at it with ${look}, then `}give --yes; nothing was changed`,
  })
}

/** Asks for a yes. Fault `usage` where nobody can be asked, `declined` for any other answer. */
export async function confirm(question: string): Promise<true> {
  needYes({})
  const prompt = await prompts()
  const given = await prompt({ type: 'confirm', message: plain(question), default: false })
  if (given === 'true') return true
  throw new Fault('declined', 'declined; nothing was changed')
}

const changesText = (changes: number) => (changes === 1 ? '1 change' : `${changes} changes`)

/**
 * Loads the prompts. Each question is given a theme: an answer has the mark of its question, since a green tick before a "no", or
 * before the name of another account, says that something went well.
 */
async function prompts() {
  const [{ default: inquirer }, { styleText }] = await Promise.all([import('inquirer'), import('node:util')])
  const mark = styleText('blue', '?', { stream: process.stderr })
  const theme = { prefix: { idle: mark, done: mark } }
  const prompt = inquirer.createPromptModule({ output: process.stderr })
  return async (question: object): Promise<string> => {
    const given = await prompt<{ answer: unknown }>([{ ...question, name: 'answer', theme } as never])
    return String(given.answer)
  }
}

/** Asks for one of several choices; returns its value. */
export async function choose(
  message: string,
  choices: readonly { name: string; value: string }[],
): Promise<string> {
  const prompt = await prompts()
  return await prompt({ type: 'select', message: plain(message), choices: [...choices] })
}

/** Asks for a line of text. @param flaw says what is wrong with a text */
export async function askText(message: string, flaw: (text: string) => string | undefined): Promise<string> {
  const prompt = await prompts()
  return await prompt({
    type: 'input',
    message: plain(message),
    validate: (text: string) => flaw(text) ?? true,
  })
}

/** How often the account may be typed: a typing error is not a change of mind. */
const TRIES = 3

/** In a live account a yes is typed: the alias or the number of one of the accounts. An empty line is a no. */
async function confirmPlan(plan: Plan): Promise<true> {
  const { touched } = plan.counts
  const stop = `Stop ${touched} ${touched === 1 ? 'identity' : 'identities'}`
  if (plan.target.kind === 'lab') return await confirm(`${stop} in the lab?`)
  needYes({})
  const used = plan.callers.filter(({ cloud, account }) =>
    plan.changes.some(({ identity }) => identity.cloud === cloud && identity.account === account),
  )
  const accounts = used.length > 0 ? used : plan.callers
  const names = accounts.flatMap(({ alias, account }) => (alias === undefined ? [account] : [alias, account]))
  const shown = accounts.map(({ alias, account }) => plain(alias ?? account)).join(' or ')
  const prompt = await prompts()
  for (let left = TRIES - 1; ; left -= 1) {
    const given = await prompt({ type: 'input', message: `${stop}? Type ${shown} to go on:` })
    const typed = given.trim()
    if (names.includes(typed)) return true
    if (typed === '') throw new Fault('declined', 'declined; nothing was changed')
    if (left === 0) throw new Fault('declined', 'that is not the account; nothing was changed')
    tell(`that is not the account; ${left === 1 ? 'one more try' : `${left} more tries`}`)
  }
}

/** A leaked credential is given back when its id or name is typed; an empty line leaves it off. */
async function askToGiveBack({ identity }: Extract<Question, { type: 'give-back' }>): Promise<boolean> {
  const typed = await askText(
    `${identityText(identity)} leaked. Type its id to switch it on again, or nothing to leave it off:`,
    text =>
      ['', identity.id, identity.name].includes(text.trim()) ? undefined : `that is not ${identity.name}`,
  )
  return typed.trim() !== ''
}

async function askDrift({ identity, entry, seen }: Extract<Question, { type: 'drift' }>): Promise<Answer> {
  const prompt = await prompts()
  return await prompt({
    type: 'expand',
    message: `${plain(`${identityText(identity)} ${entryName(entry, seen)}`)}: somebody changed it`,
    default: 's',
    expanded: true,
    choices: [
      { key: 's', name: 'skip: write nothing, the run still holds it', value: 'skip' },
      { key: 'u', name: 'keep the value of now: write nothing, the run lets go of it', value: 'use-live' },
      { key: 'f', name: 'write the value of before over it', value: 'force' },
    ],
  })
}
