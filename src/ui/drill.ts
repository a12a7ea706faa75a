import type { CaseResult, DrillResult } from '../toolkit/results/drill.ts'
import { fightLines } from './fight.ts'
import type { Page } from './page.ts'
import { clip, count, plain, wrap } from './text.ts'

export function drillStartText(
  playbook: string,
  page: Page,
  fight?: { propagationMs: number; periodMs: number },
): string {
  const against =
    fight === undefined
      ? ''
      : ` against a thief who undoes it every ${fight.periodMs / 1000} s; changes are enforced after ${fight.propagationMs / 1000} s`
  const lines = wrap(`${plain(playbook)}, rehearsed on the embedded lab${against}`, page.columns)
  return `${lines.join('\n').replace(plain(playbook), page.paint.strong)}\n\n`
}

/** One line, as it happens. */
export function momentText({ at, what, text }: DrillResult['timeline'][number], page: Page): string {
  const words = SAID[what]?.(text === undefined ? '' : plain(text)) ?? `${plain(what)} ${plain(text ?? '')}`
  return clip(`  ${(at / 1000).toFixed(1).padStart(4, '0')} s  ${words}`, page.columns).concat('\n')
}

const SAID: Readonly<Record<string, (text: string) => string>> = {
  thief: text => `thief signs in (${text}) and goes to work`,
  contain: () => 'contain',
  planned: text => `planned: would touch ${text} identities`,
  'last-accepted': () => "thief's last accepted call",
  proven: text => `${text} changes denied, proven by the cloud's own evaluation`,
  settled: () => 'the others are set and read back, and the propagation delay is over',
  clock: text => `the lab's clock is moved ${text} ahead, past the end of old sessions`,
  restore: () => 'restore',
  compared: () => 'compared with the start',
}

/** Returns the result of the rehearsal, in words. */
export function drillEndText(report: DrillResult, page: Page): string {
  const { paint } = page
  const { changes, clouds, passed, fight } = report
  const lines: string[] = ['']
  const say = (good: boolean, text: string) => {
    const sign = good ? paint.proven('✔') : paint.open('✖')
    lines.push(...wrap(plain(text), page.columns - 4).map((line, at) => `  ${at === 0 ? sign : ' '} ${line}`))
  }
  say(changes.failed === 0 && changes.cut > 0, `${changes.cut} of ${count(changes.total, 'change')} set`)
  for (const { good, text } of fight ? fightLines(fight) : []) say(good, text)
  const { countered = 0 } = report
  if (!fight && countered > 0) {
    say(true, `somebody undid a change ${count(countered, 'time')}, and it was written again each time`)
  }
  for (const each of clouds) {
    const name = clouds.length > 1 ? `${each.cloud}: ` : ''
    const { thieves, honest, collateral, restore } = each
    for (const { actor, callsBefore, acceptedAfterVerified: after } of fight ? [] : thieves) {
      const whose = thieves.length > 1 ? `${actor}'s` : "the thief's"
      say(
        after === 0,
        after === 0
          ? `${name}nothing of ${whose} went through after the proof (${count(callsBefore, 'call')} did before)`
          : `${name}${count(after, 'call')} of ${whose} went through after the proof`,
      )
    }
    const shared = collateral.filter(({ refused }) => refused > 0).length
    say(
      honest.refused === 0,
      `${name}${count(honest.workloads, 'honest workload')}, ${count(honest.calls, 'call')}, ${honest.refused} refused${shared > 0 ? ` · ${shared} shared what was stolen (expected)` : ''}`,
    )
    if (!restore.identical) {
      const differing = restore.differences.slice(0, 5).join(', ')
      say(
        false,
        `${name}estate differs from the start in ${count(restore.differences.length, 'setting')}: ${differing}`,
      )
    }
  }
  if (clouds.every(({ restore }) => restore.identical)) {
    say(
      true,
      `${clouds.length > 1 ? 'every estate' : 'estate'} identical to the start${(fight?.made.length ?? 0) > 0 ? ', but for what the thief made' : ''}: ${count(report.identities, 'identity', 'identities')} looked at, ${count(report.settings, 'setting')}`,
    )
  }
  const last = Math.max(0, ...clouds.flatMap(({ thieves }) => thieves.map(each => each.lastAcceptedAfterMs)))
  const seconds = (last / 1000).toFixed(1)
  const many = clouds.flatMap(({ thieves }) => thieves).length > 1
  lines.push(
    '',
    passed
      ? `  The ${many ? 'last thief' : 'thief'} had ${seconds} s after you pressed return.`
      : `  ${paint.open('The rehearsal failed.')}`,
  )
  return `${lines.join('\n')}\n`
}

export function caseStartText({ number, title }: { number: number; title: string }, page: Page): string {
  const lines = wrap(plain(`Case ${number}. ${title}`), page.columns)
  return `${lines.map(line => page.paint.strong(line)).join('\n')}\n\n`
}

/** One line, as it happens; `at` is milliseconds since the event. */
export function caseMomentText({ at, text }: { at: number; text: string }, page: Page): string {
  return clip(`  ${(at / 1000).toFixed(1).padStart(4, '0')} s  ${plain(text)}`, page.columns).concat('\n')
}

/** Returns the result of the case, in words. */
export function caseEndText(report: CaseResult, page: Page): string {
  const { paint } = page
  const { changes, clouds, checks, rotated, restore, timings, passed } = report
  const lines: string[] = ['']
  const say = (good: boolean, text: string) => {
    const sign = good ? paint.proven('✔') : paint.open('✖')
    lines.push(...wrap(plain(text), page.columns - 4).map((line, at) => `  ${at === 0 ? sign : ' '} ${line}`))
  }
  say(changes.failed === 0 && changes.cut > 0, `${changes.cut} of ${count(changes.total, 'change')} set`)
  for (const { cloud, thieves, honest } of clouds) {
    const name = clouds.length > 1 ? `${cloud}: ` : ''
    for (const { callsBefore, acceptedAfterVerified: after } of thieves) {
      say(
        after === 0,
        `${name}${count(after, 'call')} of the thief went through after the proof (${callsBefore} before)`,
      )
    }
    const { workloads, calls, refused } = honest
    say(
      refused === 0,
      `${name}${count(workloads, 'honest workload')}, ${count(calls, 'call')}, ${refused} refused`,
    )
  }
  for (const { what, good } of checks) say(good, what)
  for (const each of rotated) say(true, `${each.kind} ${each.old} was replaced by ${each.new}`)
  const beyond = rotated.length > 0 ? ' but for what was rotated' : ''
  say(
    restore.identical,
    restore.identical
      ? `estate identical to the start${beyond}: ${count(report.settings, 'setting')}`
      : `estate differs from the start in ${restore.differences.slice(0, 5).join(', ')}`,
  )
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  const whose = clouds.flatMap(({ thieves }) => thieves).length > 1 ? "any thief's" : "the thief's"
  const ending = `First cut ${seconds(timings.firstCutMs)} after the event; ${whose} last accepted call after ${seconds(timings.lastAcceptedMs)}.`
  lines.push(
    '',
    passed
      ? wrap(ending, page.columns - 2)
          .map(line => `  ${line}`)
          .join('\n')
      : `  ${paint.open('The rehearsal failed.')}`,
  )
  return `${lines.join('\n')}\n\n`
}

/** All of them, one a line. */
export function casesEndText(reports: readonly CaseResult[], page: Page): string {
  const { paint } = page
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`.padStart(8)
  const head = `     ${'playbook'.padEnd(23)}${'first cut'.padStart(10)}${'last call'.padStart(11)}${'refused'.padStart(9)}  estate`
  const lines = reports.map(each => {
    const { timings, clouds, restore, rotated } = each
    const refused = clouds.reduce((sum, { honest }) => sum + honest.refused, 0)
    const sign = each.passed ? paint.proven('✔') : paint.open('✖')
    const estate = restore.identical
      ? rotated.length > 0
        ? `identical, ${rotated.length} rotated`
        : 'identical'
      : 'differs'
    return `  ${sign} ${each.case} ${each.playbook.padEnd(23)}${seconds(timings.firstCutMs).padStart(9)}${seconds(timings.lastAcceptedMs).padStart(11)}${String(refused).padStart(9)}  ${estate}`
  })
  return `${[head, ...lines].map(line => clip(line, page.columns)).join('\n')}\n`
}
