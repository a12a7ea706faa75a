import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkPlaybook } from '../../src/model/playbook/parse.ts'
import { clouds } from '../../src/providers/index.ts'

const providers = await Promise.all(clouds.map(({ load }) => load()))
const catalog = {
  clouds: clouds.map(({ cloud }) => cloud),
  kinds: providers.flatMap(({ kinds }) => kinds),
  interruptions: providers.flatMap(({ interruptions }) => interruptions),
}

describe('the shipped playbooks', () => {
  const files = readdirSync('playbooks').filter(file => file.endsWith('.yaml'))
  test.each(files)('%s has no problem, and a rehearsal', file => {
    const { playbook, problems } = checkPlaybook(readFileSync(`playbooks/${file}`, 'utf8'), file, catalog)
    expect(problems).toEqual([])
    expect(`${playbook?.name}.yaml`).toBe(file)
    const { thieves = [], honest = [], collateral = [] } = playbook?.drill ?? {}
    const actors = [...thieves, ...honest, ...collateral]
    expect(thieves.length, 'a rehearsal needs a thief').toBeGreaterThan(0)
    expect(honest.length, 'and honest workloads').toBeGreaterThan(3)
    expect(new Set(actors).size, 'nobody has two parts').toBe(actors.length)
  })

  test('no kind of one cloud is called as one of another: a selection would mean both', () => {
    const names = catalog.kinds.map(({ name }) => name)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })
})
