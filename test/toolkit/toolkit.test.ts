import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Question, Toolkit, type ToolkitOptions } from '../../src/index.ts'

const PLAYBOOK = fileURLToPath(new URL('../../examples/guardduty-key.yaml', import.meta.url))
const FINDING = fileURLToPath(new URL('../signals/fixtures/guardduty.json', import.meta.url))
const KEY = 'AKIAIOSFODNN7EXAMPLE'
const LONG = 120_000

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'interdict-toolkit-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const open = (more: Partial<ToolkitOptions> = {}) =>
  Toolkit.open({
    folders: { state: join(root, 'state'), config: join(root, 'config') },
    target: 'lab',
    ...more,
  })

/** The finding as EventBridge delivers it, of now. */
async function finding(): Promise<object> {
  const text = await readFile(FINDING, 'utf8')
  return JSON.parse(text.replace(/"2026-11-22T[\d:.]+Z"/g, `"${new Date().toISOString()}"`))
}

describe('a record that a host hands over', () => {
  it(
    'leads to a proposal unless the host lets it act',
    async () => {
      const toolkit = await open()
      const { reactions, setAside } = await toolkit.react(await finding(), {
        playbooks: [PLAYBOOK],
        via: 'sqs',
      })
      expect(setAside).toBeUndefined()
      expect(reactions).toMatchObject([{ reacted: { status: 'proposed', changes: 1 } }])
      expect(await toolkit.runs()).toEqual([])
    },
    LONG,
  )

  it(
    'is set aside when it did not come in an envelope of its way',
    async () => {
      const bare = (await finding()) as { detail: object }
      const toolkit = await open()
      const request = { playbooks: [PLAYBOOK], mode: 'act', via: 'sqs' } as const
      const { reactions, setAside } = await toolkit.react(bare.detail, request)
      expect(reactions).toEqual([])
      expect(setAside).toContain('EventBridge')
    },
    LONG,
  )
})

describe('questions', () => {
  it(
    'are answered by the host, and without an answer nothing is changed',
    async () => {
      const asked: Question[] = []
      const silent = await open({
        answer: question => {
          asked.push(question)
          return undefined
        },
      })
      const refused = silent.contain('leaked-access-key', { inputs: { key: KEY }, reason: 'test' })
      await expect(refused).rejects.toMatchObject({ code: 'declined' })
      expect(asked).toMatchObject([{ type: 'contain', safe: false, plan: { counts: { touched: 1 } } }])
      expect(await silent.runs()).toEqual([])
    },
    LONG,
  )

  it.each([['yes'], ['true'], [{}], [1]])(
    'take %j for no yes',
    async given => {
      const toolkit = await open({ answer: () => given as unknown as boolean })
      const refused = toolkit.contain('leaked-access-key', { inputs: { key: KEY }, reason: 'test' })
      await expect(refused).rejects.toMatchObject({ code: 'declined' })
      expect(await toolkit.runs()).toEqual([])
    },
    LONG,
  )

  it(
    'about an input are checked by the playbook',
    async () => {
      const flaws: (string | undefined)[] = []
      const toolkit = await open({
        target: 'live',
        answer: question => {
          if (question.type !== 'input') return undefined
          flaws.push(question.flaw('no key'), question.flaw(KEY))
          return 'no key'
        },
      })
      await expect(toolkit.plan('leaked-access-key')).rejects.toMatchObject({ code: 'invalid-input' })
      expect(flaws).toEqual([expect.stringContaining('key'), undefined])
    },
    LONG,
  )
})

describe('an abort', () => {
  it(
    'before the first change ends the work at once, and changes nothing',
    async () => {
      const stopping = new AbortController()
      const toolkit = await open({
        signal: stopping.signal,
        notice: () => stopping.abort(),
        answer: () => true,
      })
      const stopped = toolkit.contain('leaked-access-key', { inputs: { key: KEY }, reason: 'test' })
      await expect(stopped).rejects.toMatchObject({ code: 'interrupted' })
      expect(await toolkit.runs()).toEqual([])
    },
    LONG,
  )

  it(
    'after the first change leaves a run that is resumed and restored',
    async () => {
      const stopping = new AbortController()
      const toolkit = await open({
        signal: stopping.signal,
        answer: () => true,
        listen: event => {
          if (event.type === 'entry' && event.entry.type === 'change.written') stopping.abort()
        },
      })
      const contained = await toolkit.contain('leaked-access-key', { inputs: { key: KEY }, reason: 'test' })
      if (contained.outcome !== 'run') throw new Error('no run was made')
      const { run, finished } = contained.state
      expect(finished).toBe('interrupted')
      const again = await open({ answer: () => true })
      expect((await again.resume(run)).state.finished).toBe('complete')
      expect((await again.verify(run)).state.finished).toBe('complete')
      expect(await again.restore(run, { reason: 'test' })).toMatchObject({
        outcome: 'restored',
        state: { restore: { finished: 'complete' } },
      })
    },
    LONG,
  )
})
