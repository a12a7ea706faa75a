import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { clouds } from '../../src/clouds/index.ts'
import { protectOf } from '../../src/engine/protect.ts'
import { compileExpression } from '../../src/model/expression/expression.ts'
import { checkPlaybook } from '../../src/model/playbook/parse.ts'

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

  test('every cut of Google Cloud and Azure says who can take it back', () => {
    const silent = catalog.interruptions.filter(({ id, undoneBy }) => !id.startsWith('aws.') && !undoneBy)
    expect(silent.map(({ id }) => id)).toEqual([])
  })

  test.each(files)('%s cuts first what the thief cannot take back', file => {
    const { playbook } = checkPlaybook(readFileSync(`playbooks/${file}`, 'utf8'), file, catalog)
    for (const { name, interrupt } of playbook?.steps ?? []) {
      const uses = interrupt.map(({ use }) => use)
      // An owner of the project enables an account again; a deny policy is not his to delete.
      if (uses.some(use => use.startsWith('gcp.service-account.'))) expect(uses[0], name).toBe('quarantine')
      if (uses.some(use => /^(azure\.service-principal\.)?detach$/.test(use))) {
        expect(uses[0], name).toMatch(/^(azure\.service-principal\.)?quarantine$/)
      }
    }
  })

  test.each(files)('%s protects by what the identities of each of its clouds have', file => {
    const { playbook } = checkPlaybook(readFileSync(`playbooks/${file}`, 'utf8'), file, catalog)
    if (!playbook) throw new Error(file)
    const protect = protectOf(playbook, catalog.kinds, {})
    const meant = playbook.steps.flatMap(({ select }) => {
      const kinds = compileExpression(select, { kinds: catalog.kinds, inputs: playbook.inputs }).kinds()
      return catalog.kinds.filter(({ name }) => kinds?.includes(name) ?? true)
    })
    expect(protect.warnings(meant.filter(({ name }) => name === 'service-account'))).toEqual([])
  })

  test('no kind of one cloud is called as one of another: a selection would mean both', () => {
    const names = catalog.kinds.map(({ name }) => name)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })
})
