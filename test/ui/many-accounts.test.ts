import { describe, expect, test } from 'vitest'
import { replay } from '../../src/model/run/replay.ts'
import { alikeOf, unreachedTexts, warningTexts } from '../../src/ui/grouped-accounts.ts'
import { planText } from '../../src/ui/plan.ts'
import { summaryText } from '../../src/ui/summary.ts'
import { change, entries, identity, page, plan, started } from './fixture.ts'

const accountId = (nth: number) => String(200_000_000_000 + nth)
const ids = (count: number) => Array.from({ length: count }, (_, index) => accountId(index + 1))

/** The vendor's role in an account. */
function roleIn(account: string, facts = {}) {
  return { ...identity('vendor-sync', 'role', facts), id: `aws:${account}:role/vendor-sync`, account }
}

const OLD = 'the credential report is 3 h old: a key made since then is not listed'

/** As an organization gives it: one caller, one warning and one change an account; one in ten cannot be entered. */
function organization(count: number) {
  const all = ids(count)
  const locked = all.filter((_, index) => index % 10 === 6)
  const reached = all.filter(account => !locked.includes(account))
  const own = '111122223333'
  return {
    locked,
    reached,
    plan: plan(
      reached.map(account => change(roleIn(account))),
      {
        callers: [
          { cloud: 'aws', account: own, name: `arn:aws:sts::${own}:assumed-role/responder/mara` },
          ...reached.map(account => ({
            cloud: 'aws',
            account,
            name: `arn:aws:sts::${account}:assumed-role/interdict-responder/interdict-7f3k`,
          })),
        ],
        warnings: reached.map(() => OLD),
        warned: reached.map(account => ({ cloud: 'aws', account, message: OLD })),
        unreached: locked.map(account => ({
          cloud: 'aws',
          account,
          fault: {
            code: 'not-authenticated',
            message: `sts:AssumeRole: not authorized on arn:aws:iam::${account}:role/x`,
          },
        })),
      },
    ),
  }
}

describe('a plan of many accounts', () => {
  for (const count of [50, 500]) {
    test(`shows the change within 24 lines of 80 columns when ${count} accounts are alike`, () => {
      const { plan: made, reached } = organization(count)
      const lines = planText(made, page()).split('\n')
      const screen = lines.slice(0, 24).join('\n')
      expect(screen.replace(/\s+/g, ' ')).toContain(
        `as arn:aws:sts::*:assumed-role/interdict-responder/interdict-7f3k in ${reached.length} AWS accounts`,
      )
      expect(screen.replace(/\s+/g, ' ')).toContain(
        `${OLD}: in ${reached.length} AWS accounts (${accountId(1)}, ${accountId(2)}, and ${reached.length - 2} more)`,
      )
      expect(screen).toContain(`  ${reached.length} AWS accounts: ${accountId(1)}, `)
      expect(screen).toMatch(/quarantine +\+ inline\/interdict-7f3k +‒ → Deny \*/)
      expect(lines.filter(line => line.length > 80)).toEqual([])
      expect(lines.length).toBeLessThan(60)
    })
  }

  test('names every account when the page is not folded', () => {
    const { plan: made, reached, locked } = organization(50)
    const text = planText(made, page(80, true))
    for (const account of [...reached, ...locked]) expect(text).toContain(account)
  })

  test('draws accounts apart when what happens in them differs', () => {
    const changes = ids(3).map((account, index) =>
      change(roleIn(account, { lastUsed: `2026-02-0${index + 1}T00:00:00Z` })),
    )
    const text = planText(plan(changes), page())
    for (const account of ids(3)) expect(text).toContain(`  AWS ${account}\n`)
  })

  test('counts the accounts that it leaves out when there are many different ones', () => {
    const changes = ids(40).map((account, index) =>
      change(roleIn(account, { lastUsed: new Date(Date.UTC(2026, 1, 1) - index * 864e5).toISOString() })),
    )
    expect(planText(plan(changes), page())).toContain('… and 28 more accounts (--all shows them)')
  })
})

test('alikeOf keeps texts apart when they differ in more than the account', () => {
  const said = ids(4).map((account, index) => ({
    cloud: 'aws',
    account,
    text: `${account} ${index < 3 ? 'a' : 'b'}`,
  }))
  expect(alikeOf(said).map(({ text, accounts }) => [text, accounts.length])).toEqual([
    ['* a', 3],
    [`${accountId(4)} b`, 1],
  ])
})

test('unreachedTexts names one account in full, and several once', () => {
  const fault = { message: 'no' }
  expect(unreachedTexts([{ cloud: 'aws', account: accountId(1), fault }], page())).toEqual([
    `AWS ${accountId(1)} was not reached: no`,
  ])
  const many = ids(50).map(account => ({ cloud: 'aws', account, fault }))
  const names = ids(6).join(', ')
  expect(unreachedTexts(many, page())).toEqual([
    `50 AWS accounts (${names}, and 44 more) were not reached: no`,
  ])
})

test('warningTexts names the cloud’s own word for an account', () => {
  const warned = ['acme-prod', 'acme-data'].map(account => ({
    cloud: 'gcp',
    account,
    message: `${account}: no api-key could be listed`,
  }))
  expect(warningTexts(warned, page())).toEqual([
    '*: no api-key could be listed: in 2 Google Cloud projects (acme-prod, acme-data)',
  ])
})

test('a summary folds accounts that are as wanted, and never one that is not', () => {
  const { plan: made, reached, locked } = organization(50)
  const bad = reached.at(-1)
  const written = made.changes.flatMap(({ key, identity: { account } }) => [
    { type: 'change.intended' as const, key, before: {}, after: {}, joined: [] },
    { type: 'change.written' as const, key },
    { type: 'change.verified' as const, key, set: account !== bad, denied: 'denied', drift: [] },
  ])
  const state = replay(entries([started(made), ...written, { type: 'run.finished', status: 'incomplete' }]))
  if (!state) throw new Error('no run')
  const text = summaryText(state, '/runs/7f3k.jsonl', page())
  expect(text).toContain(`! AWS ${bad}`)
  expect(text).toContain('more accounts as wanted (interdict status 7f3k --all)')
  for (const account of locked) expect(text).toContain(account)
  expect(text.split('\n').length).toBeLessThan(45)
})
