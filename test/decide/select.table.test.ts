import { describe } from 'vitest'
import { makePlan } from '../../src/engine/index.ts'
import { toFault } from '../../src/model/fault.ts'
import { Holds } from '../../src/model/run/holds.ts'
import { playbook, ToyCloud } from '../engine/toy-cloud.ts'
import { type Case, DecisionTable } from './decision-table.ts'

const AXES = {
  /** The result of the playbook's `protect` expression for the principal; `name` looks at nothing but names. */
  protect: ['no', 'mark', 'name', 'fails'],
  /** The cloud's reason to spare the principal. */
  cloud: ['nothing', 'self', 'administrator', 'tag'],
  /** The argument of --include-protected: the principal is `front`, its credential `front-key`. */
  include: ['nothing', 'all', 'principal', 'credential', 'another'],
  /** Which of the two the playbook means, and whether by its name. */
  selects: ['principal', 'credential', 'named-credential'],
} as const

const EXPRESSIONS = {
  no: '"break-glass" in identity.tags',
  mark: '"team" in identity.tags',
  name: 'identity.name in ["front", "mine", "boss"]',
  fails: 'identity.tags["absent"] == "x"',
}

/**
 * Plans for a principal and its credential, and for another principal that is protected too. Returns what becomes of the one that is
 * meant.
 */
async function planned(row: Case<typeof AXES>): Promise<string> {
  const cloud = new ToyCloud()
  // The toy cloud knows two of them by their names.
  const principal = { nothing: 'front', tag: 'front', self: 'mine', administrator: 'boss' }[row.cloud]
  cloud.add(principal)
  const door = cloud.doors.get(principal)
  if (door) door.tags = { team: 'x', ...(row.cloud === 'tag' ? { 'interdict:protected': 'true' } : {}) }
  cloud.add('the-key', { open: true }, principal)
  const key = cloud.doors.get('the-key')
  if (key) key.tags = { absent: 'y' }
  const other = 'other'
  cloud.add(other)
  const glass = cloud.doors.get(other)
  // Protected as well, so that it may be asked for, and never what the playbook means.
  if (glass) glass.tags = { 'interdict:protected': 'true', absent: 'y' }
  const select = {
    principal: `identity.name == "${principal}" || identity.name == "${other}"`,
    credential: `identity.kind == "pass" || identity.name == "${other}"`,
    'named-credential': `identity.name == "the-key" || identity.name == "${other}"`,
  }[row.selects]
  const include = {
    nothing: [],
    all: ['all'],
    principal: [principal],
    credential: ['the-key'],
    another: [other],
  }
  try {
    const plan = await makePlan(cloud.world(), {
      run: 'aaaa',
      playbook: playbook(['disable'], select, { protect: [EXPRESSIONS[row.protect]] }),
      inputs: {},
      holds: new Holds([]),
      includeProtected: include[row.include],
    })
    const subject = row.selects === 'principal' ? principal : 'the-key'
    const isChanged = plan.changes.some(({ identity }) => identity.name === subject)
    const spared = plan.spared.find(({ identity }) => identity.name === subject)
    const overruled = plan.overruled?.find(({ identity }) => identity.name === subject)
    if (isChanged) return overruled ? `overruled ${overruled.class} ${overruled.by}` : 'contained'
    return spared ? `spared ${spared.class}` : 'left out'
  } catch (error) {
    const { code, where } = toFault(error)
    return `${code} ${where}`
  }
}

describe('a protected identity', () => {
  const table = new DecisionTable(AXES, [
    // protect   | cloud         | include             | selects            |
    '  *          | self          | nothing,all,another | *                  | spared self',
    '  *          | self          | principal           | *                  | refused --include-protected',
    '  *          | self          | credential          | !principal         | refused --include-protected',
    '  *          | administrator | nothing,another     | !named-credential  | spared administrator',
    '  !no        | administrator | nothing,another     | named-credential   | spared administrator',
    '  no         | administrator | nothing,another     | named-credential   | overruled administrator named',
    '  *          | administrator | all,principal       | *                  | overruled administrator asked',
    '  *          | administrator | credential          | !principal         | overruled administrator asked',
    '  *          | tag           | nothing,another     | *                  | spared mark',
    '  *          | tag           | all,principal       | *                  | overruled mark asked',
    '  *          | tag           | credential          | !principal         | overruled mark asked',
    '  mark,fails | nothing       | nothing,another     | *                  | spared mark',
    '  mark,fails | nothing       | all,principal       | *                  | overruled mark asked',
    '  mark,fails | nothing       | credential          | !principal         | overruled mark asked',
    '  name       | nothing       | nothing,another     | *                  | spared name',
    '  name       | nothing       | all,principal       | *                  | overruled name asked',
    '  name       | nothing       | credential          | !principal         | overruled name asked',
    '  no         | nothing       | nothing,all,another | *                  | contained',
    '  no         | nothing       | principal           | *                  | usage --include-protected',
    '  no         | nothing       | credential          | !principal         | usage --include-protected',
    // Its principal is not inherited from it, so that nothing protected is called so.
    '  *          | *             | credential          | principal          | usage --include-protected',
  ])
  table.check(planned)
})
