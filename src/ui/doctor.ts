import type { Capabilities } from '../model/capability.ts'
import { formatDuration } from '../model/duration.ts'
import type { Diagnosis } from '../toolkit/diagnosis.ts'
import { type CapabilityLine, capabilityLines } from './capabilities.ts'
import type { Page } from './page.ts'
import { count, plain, wrap } from './text.ts'

export function doctorText(diagnosis: Diagnosis, page: Page): string {
  const { tool, node, clock, state, accounts, prepare, notSetUp } = diagnosis
  const { paint } = page
  const lines = [`${tool}, Node ${node}`, '']
  const mark = (sign: string, text: string, indent = 2) => {
    const paintOf = sign === '✔' ? paint.proven : sign === '!' || sign === '?' ? paint.person : paint.open
    for (const [at, line] of wrap(plain(text), page.columns - indent - 2).entries()) {
      lines.push(`${' '.repeat(indent)}${at === 0 ? paintOf(sign) : ' '} ${line}`)
    }
  }
  const tables = new Map<string, string>()
  for (const each of accounts) {
    const { title, account, alias, caller, endpoint, warnings, advice = [], kinds, guard, fault } = each
    const name = `${title} ${account}${alias === undefined ? '' : ` (${alias})`}`.trim()
    if (fault) {
      mark('✖', `${name}: ${fault.message}`)
      if (fault.next) lines.push(...wrap(plain(fault.next), page.columns - 6).map(line => `      ${line}`))
      continue
    }
    mark('✔', `${name} as ${caller ?? '?'}`)
    if (endpoint !== undefined && clock.lab === undefined)
      mark('!', `calls go to ${endpoint}, not to the cloud itself`, 4)
    for (const warning of [...warnings, ...advice]) mark('!', warning, 4)
    const readable = kinds.filter(each => !each.fault)
    if (readable.length > 0) mark('✔', `can list ${readable.map(({ kind }) => kind).join(', ')}`, 4)
    for (const each of kinds) if (each.fault) mark('✖', `cannot list ${each.kind}: ${each.fault.message}`, 4)
    const { capabilities = [], basis } = each
    if (basis !== undefined && capabilities.length > 0) {
      const head = `what these credentials could do, ${basis}:`
      lines.push(...wrap(plain(head), page.columns - 4).map(line => `    ${paint.faint(line)}`))
    }
    for (const { sign, text } of tableOf(capabilities, title, account, tables)) mark(sign, text, 4)
    // Said already, as the reason why nothing can be denied from there.
    const isSaid = capabilities.some(each => each.contain.why?.includes(guard?.text ?? ''))
    if (guard && !isSaid) mark(guard.ready ? '✔' : '!', `organization guard: ${guard.text}`, 4)
    if (guard?.as !== undefined) mark('✔', `guard policies are written as ${guard.as}`, 4)
  }
  if (prepare !== undefined) {
    mark('!', 'an empty guard policy attached beforehand makes it one call in an incident:')
    lines.push(`    ${plain(prepare)}`)
  }
  for (const cloud of notSetUp)
    mark('!', `${cloud}: not set up on this machine (--cloud ${cloud} asks all the same)`)
  lines.push('')
  mark(
    state.writable ? '✔' : '✖',
    `state ${state.state}: ${count(state.runs, 'run')}${state.writable ? '' : ', cannot be written'}`,
  )
  for (const { run, message } of state.damaged) mark('✖', `run ${run}: ${message}`, 4)
  if (state.strange !== undefined) mark('✖', state.strange, 4)
  const keys = state.loose.some(({ path }) => path.startsWith(state.config))
  mark(keys ? '✖' : '✔', `keys ${state.config}`)
  for (const { path, mode, fix } of state.loose) mark('✖', `others can use ${path} (mode ${mode}): ${fix}`, 4)
  mark('✔', `clock ${clock.here}${clock.lab === undefined ? '' : `, lab ${clock.lab}`}`)
  if (clock.lab === undefined) {
    const offsets = new Map(accounts.map(({ title, clockOffset }) => [title, clockOffset]))
    for (const [title, seconds] of offsets) {
      if (seconds === undefined) continue
      const away = Math.abs(seconds)
      const sign = away > 300 ? '✖' : away > 60 ? '!' : '✔'
      const far = away < 2 ? 'the same' : `${formatDuration(away)} ${seconds > 0 ? 'ahead' : 'behind'}`
      mark(sign, `${title}: ${far}`, 4)
    }
  }
  return `${lines.join('\n')}\n`
}

/** Capabilities in an account; the name alone of an earlier account where they are the same. */
function tableOf(
  capabilities: readonly Capabilities[],
  title: string,
  account: string,
  tables: Map<string, string>,
): CapabilityLine[] {
  const lines = capabilityLines(capabilities)
  const key = JSON.stringify([title, lines])
  const known = tables.get(key)
  if (known === undefined) tables.set(key, `${title} ${account}`)
  const worst = lines.at(-1)
  if (known === undefined || worst === undefined) return lines
  return [{ sign: worst.sign, text: `contain, prove, restore: the same as in ${known}` }]
}
