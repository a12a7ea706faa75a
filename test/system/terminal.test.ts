import { join } from 'node:path'
import { IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LEAKED_KEY } from '../../src/lab/aws/seed/index.ts'
import { root } from '../gate/gate-program.ts'
import { COMPILED } from '../programs/run.ts'
import { Scene } from '../rotate/scene.ts'
import { someOf } from '../setup/whole.ts'
import { CTRL_C, ENTER, Terminal } from './terminal.ts'

/** The questions on a terminal, asked by the installed program on a real one. */
let scene: Scene
let terminals: Terminal[]

beforeEach(async () => {
  scene = await Scene.open(['aws'])
  terminals = []
})

afterEach(async () => {
  for (const terminal of terminals) terminal.close()
  await scene.close()
})

interface Keys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
}

const keys = () => scene.lab.responders['aws'] as unknown as Keys

/** The endpoint makes the lab an account like any other, where a yes has to be typed. */
function on(columns: number, state: string, ...args: string[]): Terminal {
  const { accessKeyId, secretAccessKey, sessionToken } = keys()
  const env = {
    PATH: process.env['PATH'],
    HOME: scene.folder,
    INTERDICT_STATE: join(scene.folder, state),
    INTERDICT_CONFIG: join(scene.folder, 'config'),
    AWS_ENDPOINT_URL: scene.lab.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    NODE_COMPILE_CACHE: COMPILED,
  }
  const command = [process.execPath, join(root, 'bin/run.js'), ...args]
  const terminal = new Terminal(command, { columns, cwd: scene.folder, env })
  terminals.push(terminal)
  return terminal
}

const statuses = () => JSON.stringify(scene.lab.snapshot())
const KEY = `key=${LEAKED_KEY}`
const ASKED = 'Type acme-prod to go on:'

function fits(terminal: Terminal, columns: number): void {
  for (const line of terminal.lines) {
    // A path is never broken, since nobody could paste it; and the temporary folder is as long as it is.
    const shown = line.replaceAll(/\S*\/interdict-\S*/g, '~')
    expect(shown.length, line).toBeLessThanOrEqual(columns)
  }
}

describe.each(someOf([80, 160], 2))('at %i columns', columns => {
  test('what is missing is asked for, a slip of the finger is forgiven, and then it is done', async () => {
    const terminal = on(columns, 'state', 'contain', 'leaked-access-key', '--reason', 'found in a gist')
    await terminal.shows('key: ')
    terminal.type(`nonsense${ENTER}`)
    await terminal.shows('does not match')
    terminal.type('\u0015')
    terminal.type(`${LEAKED_KEY}${ENTER}`)
    await terminal.shows(ASKED)
    terminal.type(`acme-pord${ENTER}`)
    await terminal.shows('that is not the account; 2 more tries')
    await terminal.shows(ASKED)
    terminal.type(`acme-prod${ENTER}`)
    expect(await terminal.ends(), terminal.text).toBe(0)
    fits(terminal, columns)
    // A green tick says that something went well: an answer has the mark of its question.
    expect(terminal.text).not.toMatch(/✔ (?:key|Stop)/)
    expect(terminal.text).toMatch(/\? Stop 1 identity\? Type acme-prod to go on: acme-pord/)
    expect(statuses()).toContain('"Inactive"')
  })
})

test('three times another name, nothing at all, or Ctrl-C: nothing is changed', async () => {
  const before = scene.lab.snapshot()
  const contain = (state: string) => on(80, state, 'contain', 'leaked-access-key', '--input', KEY)
  const [wrong, empty, stopped] = [contain('wrong'), contain('empty'), contain('stopped')]
  for (const said of ['2 more tries', 'one more try', 'nothing was changed']) {
    await wrong.shows(ASKED)
    wrong.type(`acme-dev${ENTER}`)
    await wrong.shows(said)
  }
  await empty.shows(ASKED)
  empty.type(ENTER)
  await empty.shows('declined; nothing was changed')
  await stopped.shows(ASKED)
  stopped.type(CTRL_C)
  await stopped.shows('interrupted; nothing')
  expect(await wrong.ends()).toBe(3)
  expect(await empty.ends()).toBe(3)
  expect(await stopped.ends()).toBe(130)
  fits(wrong, 80)
  expect(scene.lab.snapshot()).toEqual(before)
})

test('Ctrl-C where an input is asked for ends it', async () => {
  const before = scene.lab.snapshot()
  const terminal = on(80, 'state', 'contain', 'leaked-access-key')
  await terminal.shows('key: ')
  terminal.type(CTRL_C)
  expect(await terminal.ends()).toBe(130)
  expect(scene.lab.snapshot()).toEqual(before)
})

describe('a restore where somebody has changed what we left', () => {
  let run: string

  beforeEach(async () => {
    run = await scene.contain('leaked-access-key', '--input', KEY)
    const { state } = await scene.read(run)
    const { identity, held } =
      [...state.changes.values()].find(change => change.planned.interruption === 'aws.user.quarantine') ?? {}
    const entry = held?.[0]?.entry ?? ''
    const iam = new IAMClient({
      endpoint: scene.lab.endpoint,
      region: 'us-east-1',
      credentials: keys(),
    })
    const Statement = [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }]
    await iam.send(
      new PutUserPolicyCommand({
        UserName: identity?.name ?? '',
        PolicyName: entry.slice('inline/'.length),
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    )
    iam.destroy()
  })

  const restore = (columns: number) => on(columns, 'state', 'restore', run, '--lab', '--reason', 'cleared')

  test('each way out of drift is offered, and what leaked comes back only by its id', async () => {
    const held = scene.lab.snapshot()
    const stopped = restore(160)
    await stopped.shows('somebody changed it')
    await stopped.shows('skip')
    await stopped.shows('write the value of before')
    stopped.type(CTRL_C)
    expect(await stopped.ends(), stopped.text).toBe(130)

    const declined = restore(80)
    await declined.shows('somebody changed it')
    declined.type(`s${ENTER}`)
    await declined.shows('Restore ')
    declined.type(`n${ENTER}`)
    expect(await declined.ends(), declined.text).toBe(3)
    fits(declined, 80)
    expect(scene.lab.snapshot()).toEqual(held)

    const forced = restore(80)
    await forced.shows('somebody changed it')
    forced.type(`f${ENTER}`)
    await forced.shows('Restore ')
    forced.type(`y${ENTER}`)
    expect(await forced.ends(), forced.text).toBe(0)
    const heldNow = async () =>
      [...(await scene.read(run)).state.changes.values()].flatMap(change => change.held)
    expect((await heldNow()).every(({ until, off }) => until !== undefined || off !== undefined)).toBe(true)

    // On the day after, what denied the old sessions goes; the key that leaked stays off.
    const second = restore(80)
    await second.shows('Restore ')
    second.type(`y${ENTER}`)
    expect(await second.ends(), second.text).toBe(0)
    expect((await heldNow()).map(({ off }) => off)).toEqual(['kept-off'])

    const [, key = ''] = KEY.split('=')
    const asked = on(160, 'state', 'restore', run, '--lab', '--only', key)
    await asked.shows('Type its id')
    asked.type(`${key}${ENTER}`)
    await asked.shows('Why?')
    asked.type(`a false alarm${ENTER}`)
    await asked.shows('Restore ')
    asked.type(`y${ENTER}`)
    expect(await asked.ends(), asked.text).toBe(0)
    expect(await heldNow()).toEqual([])
  })
})
