import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { clouds } from '../../src/clouds/index.ts'
import { protectOf } from '../../src/engine/protect.ts'
import { compileExpression } from '../../src/model/expression/expression.ts'
import { checkPlaybook } from '../../src/model/playbook/parse.ts'
import { ruleNames } from '../../src/model/playbook/triggers.ts'
import { runPlaybookTests } from '../../src/toolkit/playbook-tests.ts'
import { reader } from '../signals/reader.ts'

const providers = await Promise.all(clouds.map(({ load }) => load()))
const catalog = {
  clouds: clouds.map(({ cloud }) => cloud),
  kinds: providers.flatMap(({ kinds }) => kinds),
  interruptions: providers.flatMap(({ interruptions }) => interruptions),
}

/** Playbooks that the lab cannot rehearse, with the reason. */
const NOT_REHEARSED: { readonly [name: string]: string } = {
  'storage-key-leak': 'no actor of the lab reads storage with a key or a shared access signature',
}

describe('the shipped playbooks', () => {
  const files = readdirSync('playbooks').filter(file => file.endsWith('.yaml'))
  test.each(files)('%s has no problem, and a rehearsal', file => {
    const { playbook, problems } = checkPlaybook(readFileSync(`playbooks/${file}`, 'utf8'), file, catalog)
    expect(problems).toEqual([])
    expect(`${playbook?.name}.yaml`).toBe(file)
    expect(playbook?.drill === undefined).toBe(Object.hasOwn(NOT_REHEARSED, playbook?.name ?? ''))
    if (playbook?.drill === undefined) return
    const { thieves = [], honest = [], collateral = [] } = playbook?.drill ?? {}
    const actors = [...thieves, ...honest, ...collateral]
    expect(thieves.length, 'a rehearsal needs a thief').toBeGreaterThan(0)
    expect(honest.length, 'and honest workloads').toBeGreaterThan(3)
    expect(new Set(actors).size, 'nobody has two parts').toBe(actors.length)
  })

  test.each(files)(
    '%s passes its tests, one that fires and one that does not, in every trigger that starts it',
    async file => {
      const { playbook } = checkPlaybook(
        readFileSync(`playbooks/${file}`, 'utf8'),
        `playbooks/${file}`,
        catalog,
      )
      if (!playbook) throw new Error(file)
      const { triggers = [], tests = [] } = playbook
      const results = await runPlaybookTests(playbook, { reader })
      expect(results.filter(({ ok }) => !ok)).toEqual([])
      if (triggers.length === 0) return
      expect(new Set(tests.map(({ fires }) => fires))).toEqual(new Set([true, false]))
      const rules = ruleNames(triggers)
      const fired = new Set(results.flatMap(each => each.fired.map(({ trigger }) => trigger)))
      expect(triggers.filter(({ name }) => !rules.has(name) && !fired.has(name))).toEqual([])
      // Without its triggers, no test that fires holds.
      const without = await runPlaybookTests({ ...playbook, triggers: [] }, { reader })
      expect(without.map(({ ok }) => ok)).toEqual(tests.map(({ fires }) => !fires))
    },
  )

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
