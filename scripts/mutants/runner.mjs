import { appendFileSync } from 'node:fs'
import { TestRunner } from 'vitest'

const { MUTANTS_LOG: log, MUTANTS_IDS: ids = '' } = process.env
const mutants = ids.split(',').map(Number)
/** The mutant that is on; -1: none. */
let active = -1
/** Those that the test reached without any. */
let reached = new Set()
const killed = new Set()
/** Questions of the test as it is, and of the test that runs: a loop that a mutant has made endless asks for ever. */
let usual = 0
let asked = 0

globalThis.isMutant = id => {
  asked++
  if (active === -1) reached.add(id)
  else if (asked > 20 * usual + 10_000) throw new Error('a mutant that never ends')
  return id === active
}

const say = (word, id, why = '') => {
  const who = `${process.pid}-${globalThis.__vitest_worker__?.ctx?.workerId ?? 0}`
  appendFileSync(log, `${word} ${id} ${who} ${why.replace(/\s+/g, ' ')}\n`)
}

/**
 * Runs every test once as it is, and then once with each mutant that it reached and that no test has killed yet, with the hooks around
 * it. Writes `try`, `killed` and `alive` to a log, so that a mutant that never ends can be seen.
 */
export default class MutantRunner extends TestRunner {
  #turn = 0

  onBeforeRunTask(test) {
    test.repeats = mutants.length
    return super.onBeforeRunTask?.(test)
  }

  onBeforeTryTask(test, options) {
    this.#turn = options.repeats
    active = -1
    if (this.#turn === 1) usual = asked
    asked = 0
    if (this.#turn === 0) reached = new Set()
    else if (this.#isTried()) {
      active = mutants[this.#turn - 1]
      say('try', active)
    }
    return super.onBeforeTryTask?.(test, options)
  }

  async runTask(test) {
    if (this.#turn === 0 || active !== -1) await TestRunner.getTestFn(test)()
  }

  onAfterTryTask(test, options) {
    if (this.#turn === 0 || active !== -1) return super.onAfterTryTask?.(test, options)
  }

  onAfterRetryTask(test, options) {
    const wasFailed = test.result.state === 'fail'
    if (this.#turn === 0) {
      if (wasFailed) say('broken', 0, `${test.name}: ${test.result.errors?.[0]?.message ?? ''}`)
    } else if (active !== -1) {
      say(wasFailed ? 'killed' : 'alive', active)
      if (wasFailed) killed.add(active)
    }
    active = -1
    test.result.state = 'pass'
    test.result.errors = []
    return super.onAfterRetryTask?.(test, options)
  }

  #isTried() {
    const id = mutants[this.#turn - 1]
    return reached.has(id) && !killed.has(id)
  }
}
