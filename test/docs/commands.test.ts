import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type QueueLab, startQueues } from '../../src/lab/queues/index.ts'
import { type Program, programInLab } from '../commands/program.ts'
import { commandsIn, type Shown } from './page.ts'

/** A command that runs for minutes, or needs what a test of its own sets up, and the test that runs it. */
const ELSEWHERE: readonly { shown: RegExp; test: string; says: string }[] = [
  { shown: /^interdict drill --cases/, test: 'test/incidents/drill.test.ts', says: 'runCase({' },
  {
    shown: /^interdict drill --thief fighting --propagation/,
    test: 'test/fights/fight.test.ts',
    says: 'propagation',
  },
  { shown: /--account organization/, test: 'test/journeys/many-accounts.test.ts', says: "'organization'" },
  { shown: /--folder|--organization/, test: 'test/journeys/scope-flags.test.ts', says: "'--folder'" },
  { shown: /--management-group/, test: 'test/journeys/scope-flags.test.ts', says: "'--management-group'" },
  { shown: /azure-keyvault:/, test: 'test/rotate/other-cloud.test.ts', says: 'azure-keyvault:' },
  { shown: /aws-secretsmanager:/, test: 'test/rotate/aws.test.ts', says: 'aws-secretsmanager:' },
]

/** Pages whose commands another test of this folder runs, as they stand there. */
const OWN_TEST = /^docs\/(approvals|gate|triggers|mapping|first-playbook)\.md$/

/** The verbs that ask or change, and so need to be told that nobody is there to answer. */
const ASKS = new Set(['contain', 'restore', 'rotate', 'gate'])
const TARGETED = new Set(['doctor', 'inventory', 'plan', 'contain', 'verify', 'guard', 'restore', 'watch'])

const pages = ['README.md', ...globSync('docs/*.md').sort()].filter(page => !OWN_TEST.test(page))
const shown = (await Promise.all(pages.map(commandsIn))).flat()
const isHere = ({ text }: Shown) => !ELSEWHERE.some(each => each.shown.test(text))

let interdict: Program
let queues: QueueLab
let key: string
/** Of a user who has no other, so that there is room for a new one. */
let onlyKey: string
let run: string | undefined

beforeAll(async () => {
  queues = await startQueues({ longestWaitMs: 1 })
  queues.queue('trail')
})
afterAll(() => queues.close())

/** A reader begins each page with a home of their own. */
beforeEach(async () => {
  run = undefined
  interdict = await programInLab({
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'made-up',
    INTERDICT_WEBHOOK_SECRET: 'made-up',
    SLACK_URL: 'http://127.0.0.1:9/',
  })
  const { data } = await interdict.json('inventory', '--lab', '--kind', 'access-key')
  const keyOf = (user: string) =>
    data.identities.find(({ owner, facts }: { owner: string; facts: { enabled: boolean } }) => {
      return owner.endsWith(`user/${user}`) && facts.enabled
    }).name
  key = keyOf('ci-deploy')
  onlyKey = keyOf('metrics-push')
  const usual = readFileSync('playbooks/records/key-usual.json')
  writeFileSync(join(interdict.folder, 'last-month.json.gz'), gzipSync(usual))
  writeFileSync(join(interdict.folder, 'trail.ndjson'), '')
  const policy = 'version: 1\nagents: { claude: }\nrules:\n  - { effect: allow, tools: [Read] }\n'
  writeFileSync(join(interdict.folder, 'gate.yaml'), policy)
})
afterEach(() => interdict.close())

/** The words as they stand there, with what a reader would put in the place of made-up names, in the lab. */
function inTheLab(words: readonly string[]): string[] {
  const [verb = ''] = words
  const given = words.map(word =>
    word
      .replace(/^7f3k2m$/, run ?? '7f3k2m')
      .replace(/^key=AKIA\.\.\.$/, `key=${key}`)
      .replace(/^playbooks\//, join(process.cwd(), 'playbooks/'))
      .replace(/^sqs:https:\/\/[^/]+/, `sqs:${queues.endpoint}`)
      .replace(/^file:\/var\/log\//, `file:${interdict.folder}/`)
      .replace(/^(webhook:)https:\/\/[^/]+/, '$1http://127.0.0.1:9')
      .replace(/^15m$/, '1s'),
  )
  const follows = given.indexOf('--follow')
  if (follows >= 0) given.splice(follows, 1)
  return [
    ...given,
    ...(TARGETED.has(verb) && !given.includes('--lab') ? ['--lab'] : []),
    ...(ASKS.has(verb) && !given.includes('--yes') ? ['--yes'] : []),
    // The run's id is the one that pages call 7f3k2m from here on.
    ...(verb === 'contain' ? ['--json'] : []),
    // A watch on a source that never ends would wait for the next record.
    ...(verb === 'watch' && !given.includes('--once') ? ['--once'] : []),
  ]
}

async function contained(name: string): Promise<void> {
  const { exit, data } = await interdict.json(
    ...['contain', 'leaked-access-key', '--input', `key=${name}`, '--lab', '--yes', '--reason', 'test'],
  )
  expect(exit).toBe(0)
  run = data.run
}

test('every command that runs elsewhere is in the named test, and some commands run here', () => {
  for (const { test: file, says } of ELSEWHERE) expect(readFileSync(file, 'utf8'), file).toContain(says)
  for (const { shown: pattern } of ELSEWHERE) expect(shown.some(({ text }) => pattern.test(text))).toBe(true)
  expect(shown.filter(isHere).length).toBeGreaterThan(15)
})

const withCommands = pages.filter(page => shown.some(each => each.page === page && isHere(each)))

test.each(withCommands)(
  'every command of %s runs as it stands there',
  async page => {
    for (const { text, words } of shown.filter(each => each.page === page && isHere(each))) {
      const rotates = words.includes('--rotate')
      if (rotates || (words.some(word => /^7f3k2m$/.test(word)) && run === undefined))
        await contained(rotates ? onlyKey : key)
      const args = inTheLab(words)
      const { exit, stdout, stderr } = await interdict.run(...args)
      expect(exit, `${text}\nrun as: interdict ${args.join(' ')}\n${stdout}${stderr}`).toBe(0)
      if (words[0] === 'contain') run = JSON.parse(stdout).run
    }
  },
  600_000,
)
