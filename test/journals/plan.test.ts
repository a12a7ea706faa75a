import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Fixture, FORMATS } from './fixture.ts'
import { interdict, listRuns, readRun } from './today.ts'

describe.each(FORMATS)('a plan of format %s', format => {
  let at: Fixture
  beforeEach(async () => {
    at = await Fixture.open(`${format}/planned`)
  })
  afterEach(() => at.close())

  async function contain(plan: string, ...more: string[]) {
    const { state, config } = at.folders
    const args = [plan, '--lab', '--yes', '--reason', 'approved', '--json', ...more]
    return await interdict('contain', [...args, '--state', state, '--config', config])
  }

  const { digest } = JSON.parse(
    readFileSync(new URL(`./${format}/planned/fixture.json`, import.meta.url), 'utf8'),
  ) as {
    digest: string
  }

  it('a recorded plan is carried out as it was approved, by its digest', async () => {
    const { code, stdout, stderr } = await contain(at.bring('plan.json'), '--digest', digest)
    expect(code, stdout + stderr).toBe(0)
    const [listed] = await listRuns(at.folders)
    const { state } = await readRun(at.folders, listed?.run ?? '')
    const recorded = JSON.parse(readFileSync(at.recorded('plan.json'), 'utf8')) as {
      run: string
      changes: { key: string }[]
    }
    expect(state.run).toBe(recorded.run)
    expect(state.finished).toBe('complete')
    expect([...state.changes.keys()]).toEqual(recorded.changes.map(({ key }) => key))
  })

  it('a recorded plan is refused when a byte of it changes', async () => {
    const path = at.bring('plan.json')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLF'))
    expect(readFileSync(path, 'utf8')).not.toBe(text)
    const { code, stdout } = await contain(path)
    expect(code).toBe(5)
    expect(stdout).toContain('"tampered"')
    expect(await listRuns(at.folders)).toEqual([])
  })

  it('a recorded plan is refused by a machine that does not trust the key that sealed it', async () => {
    at.distrust()
    const { code, stdout } = await contain(at.bring('plan.json'))
    expect(code).toBe(5)
    expect(stdout).toContain('"tampered"')
  })
})
