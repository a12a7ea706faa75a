import { createHash } from 'node:crypto'
import { nearest, type Problem, problemsFault } from '../document/problems.ts'
import { readDocument } from '../document/read-document.ts'
import type { Report } from '../document/report.ts'
import type { Path } from '../document/yaml.ts'
import { parseDuration } from '../duration.ts'
import { checkExpression, type Expression } from '../expression/expression.ts'
import { caret } from '../expression/guards.ts'
import { patternFlaw } from '../expression/pattern.ts'
import type { Json } from '../json.ts'
import { draftOf } from './draft.ts'
import { citationFlaw } from './frameworks.ts'
import { readInput } from './inputs.ts'
import { checkInterrupt } from './interrupts.ts'
import { TTL } from './limits.ts'
import type { Catalog, Drill, InputSpec, Playbook, Step } from './playbook.ts'
import { type PlaybookFile, playbookSchema } from './schema.ts'
import { scopeInputs } from './scope.ts'
import { checkCovered, checkTests, checkTriggers } from './triggers.ts'

const PLAYBOOK = { noun: 'a playbook', schema: playbookSchema }

/** A playbook that was checked. */
export interface Checked {
  /** Absent when there is an error among the problems. */
  playbook?: Playbook
  problems: Problem[]
}

/**
 * Checks a playbook's YAML text against the catalog. Returns every problem with its line and column: where the structure has errors,
 * the expressions, triggers and tests around them are checked as well.
 */
export function checkPlaybook(source: string, file: string, catalog: Catalog): Checked {
  const { report, value, misshapen } = readDocument(source, file, PLAYBOOK)
  if (value !== undefined) return checkMeaning(value, report, { source, file, catalog })
  if (misshapen !== undefined) {
    const { file: draft, isDoubtful } = draftOf(misshapen.data, misshapen.bad)
    checkMeaning(draft, report.without(isDoubtful), { source, file, catalog })
  }
  return { problems: report.problems() }
}

interface Source {
  source: string
  file: string
  catalog: Catalog
}

function checkMeaning(value: PlaybookFile, report: Report, { source, file, catalog }: Source): Checked {
  const inputs = checkInputs(value, report)
  const compiled = new Map<string, Expression>()
  for (const [index, text] of value.protect.entries()) {
    checkCel(text, ['protect', index], { inputs, catalog, report, compiled })
  }
  const steps = value.steps.map((step, index) =>
    checkStep(step, ['steps', index], { inputs, catalog, report, compiled }),
  )
  checkUse(value, compiled, report)
  checkNames(value, catalog, report)
  checkExpiry(value, report)
  checkDrill(value, inputs, report)
  const watched = checkWatch(value, inputs, report)
  if (report.failed) return { problems: report.problems() }
  const made = { inputs, steps, source, file, watched }
  return { playbook: playbookOf(value, made), problems: report.problems() }
}

/** The playbook, or a Fault `invalid-playbook` with the first problem. */
export function parsePlaybook(source: string, file: string, catalog: Catalog): Playbook {
  const { playbook, problems } = checkPlaybook(source, file, catalog)
  if (playbook === undefined) throw problemsFault(problems)
  return playbook
}

/** The kinds that have to be listed to evaluate every `select`; undefined when one does not restrict them. */
export function kindsNeeded(playbook: Playbook, catalog: Catalog): string[] | undefined {
  const needed = new Set<string>()
  for (const { select } of playbook.steps) {
    const { expression } = checkExpression(select, { kinds: catalog.kinds, inputs: playbook.inputs })
    const kinds = expression?.kinds()
    if (kinds === undefined) return undefined
    for (const kind of kinds) needed.add(kind)
  }
  return [...needed].sort()
}

interface Tools {
  inputs: { [name: string]: InputSpec }
  catalog: Catalog
  report: Report
  compiled: Map<string, Expression>
}

/** A stop that ends by itself gives access back without a person: never to what was stolen. */
function checkExpiry({ onExpiry, severity, steps }: PlaybookFile, report: Report): void {
  if (onExpiry !== 'lapse') return
  const wrong = (message: string) => report.add('error', ['onExpiry'], { message })
  if (severity === 'critical')
    wrong('lapse is for precautions: a critical containment ends by a person alone')
  if (steps.some(({ after }) => after === 'keep-off'))
    wrong('lapse is for precautions: a credential that leaked (after: keep-off) does not come back by itself')
}

function checkInputs(file: PlaybookFile, report: Report): { [name: string]: InputSpec } {
  const specs = Object.entries(file.inputs).map(([name, raw]): [string, InputSpec] => {
    const { of, pattern, default: fallback, required, ...rest } = raw
    const spec: InputSpec = {
      ...rest,
      required: required ?? fallback === undefined,
      ...(raw.type === 'list' ? { of: of ?? 'string' } : {}),
      ...(pattern === undefined ? {} : { pattern }),
      ...(fallback === undefined ? {} : { default: fallback }),
    }
    checkInput(spec, ['inputs', name], of, report)
    return [name, spec]
  })
  return Object.fromEntries(specs)
}

function checkInput(spec: InputSpec, path: Path, of: string | undefined, report: Report): void {
  if (of !== undefined && spec.type !== 'list') {
    report.add('error', [...path, 'of'], { message: "only a list has 'of'" }, 'key')
  }
  if (spec.pattern !== undefined) {
    const at = [...path, 'pattern']
    const complaint = patternFlaw(spec.pattern)
    if (complaint !== undefined) {
      report.add('error', at, { message: complaint })
      return
    }
    if (spec.type !== 'string' && spec.of !== 'string') {
      report.add('error', at, { message: 'only text has a pattern' }, 'key')
    }
    if (!/^\^.*\$$/s.test(spec.pattern)) {
      const message = 'the pattern is not anchored: it lets everything through that holds a match'
      report.add('warning', at, { message, suggestion: `write '^${spec.pattern}$'` })
    }
  }
  if (spec.default === undefined) return
  const read = readInput(spec, spec.default)
  if ('flaw' in read) report.add('error', [...path, 'default'], { message: `the default ${read.flaw}` })
}

function checkCel(text: string, path: Path, tools: Tools): Expression | undefined {
  const { inputs, catalog, report, compiled } = tools
  const { expression, flaws } = checkExpression(text, { kinds: catalog.kinds, inputs })
  if (expression !== undefined) compiled.set(path.join('.'), expression)
  for (const { start, message, suggestion } of flaws) {
    const flaw = {
      message: `${message}\n${caret(text, start)}`,
      ...(suggestion === undefined ? {} : { suggestion }),
    }
    report.add('error', path, flaw, start)
  }
  return expression
}

function checkStep(step: PlaybookFile['steps'][number], path: Path, tools: Tools): Step {
  const { catalog, report } = tools
  const selection = checkCel(step.select, [...path, 'select'], tools)
  const interrupt = step.interrupt.map((item, index) => {
    const at = [...path, 'interrupt', index]
    const [use, given] = typeof item === 'string' ? [item, null] : (Object.entries(item)[0] ?? ['', null])
    const checked = checkInterrupt(use, (given ?? {}) as Json, selection?.kinds(), catalog)
    const inside = typeof item === 'string' ? at : [...at, use]
    for (const { severity, path: below, ...flaw } of checked.flaws)
      report.add(severity, [...inside, ...below], flaw)
    return { use: checked.use, params: checked.params }
  })
  return {
    name: step.name,
    select: step.select,
    interrupt,
    ...(step.after === undefined ? {} : { after: step.after }),
    ...(step.include === undefined ? {} : { include: step.include }),
  }
}

/** Inputs that nobody looks at are a sign of a mistyped expression. */
function checkUse(file: PlaybookFile, compiled: ReadonlyMap<string, Expression>, report: Report): void {
  if (report.failed) return
  const used = new Set([
    ...[...compiled.values()].flatMap(expression => expression.inputs()),
    ...scopeInputs(file.scope).map(({ input }) => input),
  ])
  for (const name of Object.keys(file.inputs)) {
    if (used.has(name)) continue
    report.add('warning', ['inputs', name], { message: `no expression looks at the input '${name}'` }, 'key')
  }
}

function checkNames(file: PlaybookFile, catalog: Catalog, report: Report): void {
  for (const cloud of Object.keys(file.scope)) {
    if (catalog.clouds.includes(cloud)) continue
    const near = nearest(cloud, catalog.clouds)
    const suggestion =
      near === undefined ? `clouds are ${catalog.clouds.join(', ')}` : `did you mean '${near}'?`
    report.add('error', ['scope', cloud], { message: `no cloud is called '${cloud}'`, suggestion }, 'key')
  }
  for (const { input, path } of scopeInputs(file.scope)) {
    if (Object.hasOwn(file.inputs, input)) continue
    report.add('error', ['scope', ...path], { message: `no input is called '${input}'` })
  }
  for (const [framework, ids] of Object.entries(file.references)) {
    for (const [index, id] of ids.entries()) {
      const flaw = citationFlaw(framework, id)
      if (flaw !== undefined) report.add('warning', ['references', framework, index], flaw)
    }
  }
  const names = file.steps.map(({ name }) => name)
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue
    report.add('error', ['steps', index, 'name'], { message: `two steps are called '${name}'` })
  }
}

function checkDrill({ drill }: PlaybookFile, inputs: { [name: string]: InputSpec }, report: Report): void {
  if (drill === undefined) return
  for (const [name, value] of Object.entries(drill.inputs)) {
    const spec = Object.hasOwn(inputs, name) ? inputs[name] : undefined
    const path = ['drill', 'inputs', name]
    if (spec === undefined) report.add('error', path, { message: `no input is called '${name}'` }, 'key')
    else {
      const read = readInput(spec, value)
      if ('flaw' in read) report.add('error', path, { message: `'${name}' ${read.flaw}` })
    }
  }
  for (const [name, { required, ...spec }] of Object.entries(inputs)) {
    if (!required || 'default' in spec || Object.hasOwn(drill.inputs, name)) continue
    report.add('error', ['drill'], { message: `a rehearsal needs a value for the input '${name}'` }, 'key')
  }
}

type Watched = Pick<Playbook, 'triggers' | 'tests'>

function checkWatch(file: PlaybookFile, inputs: { [name: string]: InputSpec }, report: Report): Watched {
  const complain: Report['add'] = (...of) => report.add(...of)
  const triggers = checkTriggers(file.triggers ?? [], inputs, complain)
  checkCovered(triggers, inputs, complain)
  const tests = checkTests(file.tests ?? [], triggers, inputs, complain)
  return { ...(file.triggers ? { triggers } : {}), ...(file.tests ? { tests } : {}) }
}

function drillOf({ thief, ...rest }: NonNullable<PlaybookFile['drill']>): Drill {
  return { ...rest, thieves: Array.isArray(thief) ? thief : [thief] }
}

interface Made {
  inputs: { [name: string]: InputSpec }
  steps: Step[]
  source: string
  file: string
  watched: Watched
}

function playbookOf(data: PlaybookFile, { inputs, steps, source, file, watched }: Made): Playbook {
  const {
    version: _,
    description,
    drill,
    scope,
    ttl,
    triggers: __,
    tests: ___,
    approvals,
    onExpiry,
    ...rest
  } = data
  return {
    ...rest,
    ...(description === undefined ? {} : { description }),
    inputs,
    steps,
    scope: scope as { [cloud: string]: Json },
    ttl: parseDuration(ttl) ?? TTL.default,
    ...(approvals === undefined ? {} : { approvals }),
    ...(onExpiry === undefined ? {} : { onExpiry }),
    ...(drill === undefined ? {} : { drill: drillOf(drill) }),
    ...watched,
    source,
    sha256: createHash('sha256').update(source).digest('hex'),
    file,
  }
}
