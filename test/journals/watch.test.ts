import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Fixture, FORMATS } from './fixture.ts'
import { interdict, listRuns, readRun } from './today.ts'

describe.each(FORMATS)('the files of a watch beside journals of format %s', format => {
  let at: Fixture
  beforeEach(async () => {
    at = await Fixture.open(`${format}/watched`, 'private')
  })
  afterEach(() => at.close())

  /** Events of a watch over a log, the first of which says what is watched and is left out. */
  async function watch(log: string): Promise<{ code: number; events: string[]; text: string }> {
    const { state, config } = at.folders
    const folders = ['--state', state, '--config', config]
    const playbook = at.bring('playbook.yaml')
    const args = [playbook, '--source', `file:${log}`, '--once', '--lab', '--json', ...folders]
    const { code, stdout, stderr } = await interdict('watch', args)
    const events = stdout.split('\n').flatMap(line => {
      const event = line.startsWith('{"event"') ? (JSON.parse(line) as { event: string }).event : 'started'
      return event === 'started' ? [] : [event]
    })
    return { code, events, text: stdout + stderr }
  }

  it('a watch recognises the records of which the recorded one has seen to', async () => {
    const { code, events, text } = await watch(at.bring('log.ndjson'))
    expect(code, text).toBe(0)
    expect(
      events.filter(event => event !== 'set-aside'),
      text,
    ).toEqual([])
    expect(await listRuns(at.folders)).toHaveLength(1)
  })

  it('a watch counts on from the recorded state, and knows from the recorded baseline what is usual', async () => {
    const log = at.bring('log.ndjson')
    const lines = readFileSync(log, 'utf8').split('\n')
    const third = lines.find(line => line.includes('"w2"')) ?? ''
    const usual = lines.find(line => line.includes('"u5"')) ?? ''
    expect([third, usual]).not.toContain('')
    // Two refusals were counted, of the three that it takes.
    appendFileSync(log, `${third.replace('"w2"', '"w1"')}\n${usual.replace('"u5"', '"u4"')}\n`)
    const { code, events, text } = await watch(log)
    expect(code, text).toBe(0)
    expect(
      events.filter(event => event !== 'set-aside'),
      text,
    ).toEqual(['fired', 'contained'])
    expect(await listRuns(at.folders)).toHaveLength(2)
  })

  it.each(['firings.jsonl', 'state.json', 'baseline.json'])(
    'a watch refuses a recorded %s in which a byte has changed',
    async file => {
      at.damage('state', 'watch', file)
      const { code, text } = await watch(at.bring('log.ndjson'))
      expect(code, text).toBe(5)
      expect(text).toMatch(/tampered|damaged/)
    },
  )

  it('a recorded proposal is carried out by a person', async () => {
    const [name = ''] = readdirSync(at.path('state', 'watch', 'proposals'))
    const { state, config } = at.folders
    const plan = at.path('state', 'watch', 'proposals', name)
    const { code, stdout, stderr } = await interdict('contain', [
      ...[plan, '--lab', '--yes', '--reason', 'seen', '--json', '--state', state, '--config', config],
    ])
    expect(code, stdout + stderr).toBe(0)
    const { state: run } = await readRun(at.folders, name.replace('.json', ''))
    expect(run.cause?.trigger).toBe('new-action')
  })
})
