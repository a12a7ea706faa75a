import { type Readable, readableParts } from '../document/readable.ts'
import type { Path } from '../document/yaml.ts'
import type { Json } from '../json.ts'
import { type PlaybookFile, playbookSchema } from './schema.ts'
import type { TestFile, TriggerFile } from './trigger-schema.ts'

/** A playbook with errors in its structure, completed so that the meaning of its other parts can be checked. */
export interface Draft {
  file: PlaybookFile
  /** Whether a problem at this path may be a consequence of an error in the structure, so that it is not reported. */
  isDoubtful(path: Path): boolean
}

/** A CEL condition on an event, and an input, that are always valid. */
const ANY_EVENT = 'true'
const ANY_INPUT = 'event.id'

/**
 * Returns the playbook in data that does not fit the schema: parts that cannot be read are replaced by ones about which there is
 * nothing to report.
 *
 * @param data the document, as plain data
 * @param bad paths of the errors in its structure
 */
export function draftOf(data: Json, bad: readonly Path[]): Draft {
  const parts = readableParts(playbookSchema, data) ?? {}
  const isBadIn = (...above: Path) => bad.some(path => startsWith(path, above))
  const inputs = inputsOf(parts, name => isBadIn('inputs', name))
  const untyped = Object.keys(inputs).filter(name => parts.inputs?.[name]?.type === undefined)
  const judgeable = (source: string | undefined) =>
    source === undefined || readsInput(source, parts.inputs && untyped) ? 'true' : source
  const drill = drillOf(parts)
  const file: PlaybookFile = {
    version: 1,
    name: parts.name ?? 'unnamed',
    title: parts.title ?? 'unnamed',
    status: parts.status ?? 'experimental',
    severity: parts.severity ?? 'high',
    references: parts.references === undefined ? {} : withoutHoles(parts.references),
    inputs,
    scope: parts.scope ?? {},
    protect: (parts.protect ?? []).map(judgeable),
    limit: { identities: 1, share: 1 },
    ttl: '4h',
    created: 'list',
    steps: (parts.steps ?? []).map((step, at) => ({
      name: step?.name ?? `step ${at}`,
      select: judgeable(step?.select),
      interrupt: (step?.interrupt ?? []).map(each => (each ?? '') as string),
    })),
    triggers: (parts.triggers ?? []).map((trigger, at) => ({
      ...triggerOf(trigger, at, inputs),
      ...(isBadIn('triggers', at, 'correlate') ? {} : correlationOf(trigger)),
    })),
    tests: (parts.tests ?? []).map(testOf),
    ...(drill === undefined ? {} : { drill }),
  }
  const isWhollyBad = (part: string) => bad.some(path => path.length === 1 && path[0] === part)
  const hidesTrigger = (members: readonly string[]) =>
    bad.some(
      ([part, , member]) => part === 'triggers' && (member === undefined || members.includes(`${member}`)),
    )
  return {
    file,
    isDoubtful: path =>
      bad.some(each => startsWith(path, each)) ||
      (hidesTrigger(['name']) && namesTriggers(path)) ||
      // A trigger that starts nothing, since another waits for it, need not fill the inputs.
      (hidesTrigger(['name', 'correlate']) && path[0] === 'triggers' && path.length === 2) ||
      (isWhollyBad('inputs') && namesInputs(path)) ||
      (path[0] === 'inputs' && untyped.includes(`${path[1]}`)) ||
      (path[0] === 'drill' && path[1] === 'inputs' && isBadIn('inputs', `${path[2]}`)),
  }
}

type Parts = Readable<PlaybookFile>

/** All inputs that have a name. One with errors is not required, so that no value of it is missing anywhere. */
function inputsOf({ inputs = {} }: Parts, isBad: (name: string) => boolean): PlaybookFile['inputs'] {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      {
        ...input,
        description: input?.description ?? name,
        type: input?.type ?? 'string',
        ...(isBad(name) ? { required: false } : {}),
      } as PlaybookFile['inputs'][string],
    ]),
  )
}

/** Whether an expression reads one of these inputs, or any if they are not known. */
function readsInput(source: string, names: readonly string[] | undefined): boolean {
  if (names === undefined) return /\binputs\b/.test(source)
  return names.some(name =>
    new RegExp(`\\binputs\\s*(?:\\.\\s*|\\[\\s*['"])${escaped(name)}\\b`).test(source),
  )
}

function escaped(name: string): string {
  return name.replaceAll(/[^\w]/g, '\\$&')
}

function triggerOf(
  trigger: Readable<TriggerFile> | undefined,
  at: number,
  inputs: PlaybookFile['inputs'],
): TriggerFile {
  const given = trigger?.inputs
  const filled = given === undefined ? Object.keys(inputs) : Object.keys(given)
  return {
    name: trigger?.name ?? `trigger-${at}`,
    when: trigger?.when ?? ANY_EVENT,
    inputs: Object.fromEntries(filled.map(name => [name, given?.[name] ?? ANY_INPUT])),
    mode: 'propose',
    cooldown: '1h',
  }
}

/** The correlation, which has no error. */
function correlationOf(trigger: Readable<TriggerFile> | undefined): Pick<TriggerFile, 'correlate'> {
  const correlate = trigger?.correlate as TriggerFile['correlate']
  return correlate === undefined ? {} : { correlate }
}

function testOf(test: Readable<TestFile> | undefined, at: number): TestFile {
  const { trigger, inputs } = test ?? {}
  const both = test?.event !== undefined && test.events !== undefined
  return {
    name: test?.name ?? `test ${at}`,
    event: 'record.json',
    ...(both ? { events: ['record.json'] } : {}),
    fires: true,
    ...(trigger === undefined ? {} : { trigger }),
    ...(inputs === undefined
      ? {}
      : { inputs: Object.fromEntries(Object.keys(inputs).map(name => [name, ''])) }),
  }
}

/** The rehearsal, if all of its inputs can be read: one without a value would be reported as missing. */
function drillOf({ drill }: Parts): PlaybookFile['drill'] {
  const inputs = drill?.inputs
  if (inputs === undefined || Object.values(inputs).includes(undefined)) return undefined
  return {
    inputs: inputs as NonNullable<PlaybookFile['drill']>['inputs'],
    thief: 'thief',
    honest: [],
    collateral: [],
  }
}

function withoutHoles(references: NonNullable<Parts['references']>): PlaybookFile['references'] {
  return Object.fromEntries(
    Object.entries(references).map(([framework, ids]) => [framework, (ids ?? []).map(id => id ?? '')]),
  )
}

function startsWith(path: Path, above: Path): boolean {
  return above.every((part, at) => path[at] === part)
}

/** Where triggers are named: a name may be that of a trigger that cannot be read. */
function namesTriggers(path: Path): boolean {
  return path.includes('rules') || (path[0] === 'tests' && (path.length === 1 || path[2] === 'trigger'))
}

/** Where inputs are named. */
function namesInputs([part, , member]: Path): boolean {
  return (
    part === 'scope' || part === 'drill' || ((part === 'triggers' || part === 'tests') && member === 'inputs')
  )
}
