import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AllowedSigners, parseAllowedSigners } from '../../src/approval/allowed-signers.ts'
import { type Approval, approvalText, readApproval } from '../../src/approval/approval-file.ts'
import { type Asked, judge, LONGEST_MS } from '../../src/approval/judge.ts'
import { APPROVE } from '../../src/approval/namespaces.ts'
import { readStatement, type Statement, statementText } from '../../src/approval/statement.ts'
import { type KeyPair, keyPair, sshSign } from './ssh.ts'

const NOW = '2026-12-01T03:00:00.000Z'
const ASKED: Asked = {
  act: 'restore',
  run: '7f3k2m',
  target: 'live',
  digest: `sha256:${'a'.repeat(64)}`,
  options: ['accept-live-tokens', 'leave=ci deploy/inline é'],
}

let folder: string
let kim: KeyPair
let kim2: KeyPair
let sam: KeyPair
let signers: AllowedSigners
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interdict-judge-'))
  kim = keyPair(folder, 'kim')
  kim2 = keyPair(folder, 'kim2')
  sam = keyPair(folder, 'sam')
  signers = parseAllowedSigners(
    [
      `kim ${kim.line}`,
      `kim ${kim2.line}`,
      `sam valid-before="20261201025959Z" ${sam.line}`,
      `sam2 ${sam.line}`,
    ].join('\n'),
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

let nonces = 0
function statement(more: Partial<Statement> = {}): Statement {
  nonces += 1
  const nonce = nonces.toString(16).padStart(32, '0')
  return { ...ASKED, approver: 'kim', expires: '2026-12-01T04:00:00Z', nonce, ...more }
}

function signed(by: KeyPair, more: Partial<Statement> = {}): Approval {
  const made = statement(more)
  const read = readApproval(approvalText(made, sshSign(by, APPROVE, statementText(made))))
  if (typeof read === 'string') throw new Error(read)
  return read
}

type Changes = Partial<Parameters<typeof judge>[2]>
const verdict = (approvals: Approval[], more: Changes = {}) =>
  judge(
    ASKED,
    approvals.map((approval, at) => ({ at: String(at), approval })),
    { signers, actors: ['alex'], needed: 1, used: new Set<string>(), now: NOW, ...more },
  )

const CASES: [string, () => Approval, string][] = [
  ['another act', () => signed(kim, { act: 'rotate' }), 'it approves to rotate, and this is to restore'],
  ['another run', () => signed(kim, { run: '7f3k2n' }), 'it is for run 7f3k2n'],
  ['another target', () => signed(kim, { target: 'lab:x' }), 'it is for lab:x, and this is live'],
  [
    'another list of decisions',
    () => signed(kim, { digest: `sha256:${'b'.repeat(64)}` }),
    'what would be done has changed since it was approved',
  ],
  [
    'other options',
    () => signed(kim, { options: [] }),
    'it approves no options, and this is with accept-live-tokens leave=ci deploy/inline é',
  ],
  [
    'a time that is over',
    () => signed(kim, { expires: '2026-12-01T03:00:00Z' }),
    'it ended at 2026-12-01T03:00:00Z',
  ],
  [
    'more than a day',
    () => signed(kim, { expires: '2026-12-02T03:00:01Z' }),
    'it would count for more than a day, until 2026-12-02T03:00:01Z',
  ],
  ['somebody else', () => signed(kim, { approver: 'lee' }), ' is not one that lee may approve with now'],
  [
    'a key that has ended',
    () => signed(sam, { approver: 'sam' }),
    ' is not one that sam may approve with now',
  ],
  ['the actor', () => signed(kim, { approver: 'alex' }), ' is not one that alex may approve with now'],
]
it.each(CASES)('an approval of %s does not count', (_, make, because) => {
  const { counted, missing, refused } = verdict([make()])
  expect(counted).toEqual([])
  expect(missing).toBe(1)
  expect(refused[0]?.because).toContain(because)
})

it('an approval counts once, until its end', () => {
  const approval = signed(kim)
  expect(verdict([approval])).toMatchObject({ counted: [{ approver: 'kim' }], missing: 0, refused: [] })
  const used = new Set([approval.statement.nonce])
  expect(verdict([approval], { used }).refused).toEqual([{ at: '0', because: 'it was used already' }])
  expect(verdict([approval], { actors: ['kim'] }).refused[0]?.because).toBe('kim carries it out')
  expect(LONGEST_MS).toBe(86_400_000)
})

it('one person counts once, with several keys too', () => {
  const both = [signed(kim), signed(kim2)]
  expect(verdict(both, { needed: 2 })).toMatchObject({
    counted: [{ approver: 'kim' }],
    missing: 1,
    refused: [{ because: 'kim approved it already' }],
  })
  expect(verdict([...both, signed(sam, { approver: 'sam2' })], { needed: 2 }).missing).toBe(0)
})

it('who began the run is not alone in approving its restore', () => {
  const approvals = [signed(kim)]
  expect(verdict(approvals, { notAlone: ['kim'] }).missing).toBe(1)
  const two = [...approvals, signed(sam, { approver: 'sam2' })]
  expect(verdict(two, { notAlone: ['kim'], needed: 2 }).missing).toBe(0)
})

it('a statement is read as it is written, and not otherwise', () => {
  const text = statementText(statement())
  expect(readStatement(text)).toMatchObject({ run: ASKED.run, options: ASKED.options })
  const others = [
    text.replace('v1', 'v2'),
    text.replace('\n', '\r\n'),
    `${text}\n`,
    text.slice(0, -1),
    text.replace('act: restore', 'act:  restore'),
    text.replace('live', 'li ve'),
    text.replace('Z', '+00:00'),
    text.replace('2026-12-01T04', '2026-13-01T04'),
    text.replace(/^run: .*\n/m, ''),
    text.replace(/^(run: .*\n)/m, '$1$1'),
  ]
  for (const each of others) expect(readStatement(each), each).toBeUndefined()
})
