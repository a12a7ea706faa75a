import type { Fault } from '../model/fault.ts'
import type { Identity } from '../model/identity.ts'
import type { Plan } from '../model/plan.ts'
import { REAL, timestamp } from '../model/timing.ts'
import { writeNew } from '../toolkit/plan-file.ts'
import type { InventoryEnd, InventoryLine, InventoryResult } from '../toolkit/results/inventory.ts'
import { csvLine } from '../ui/csv.ts'
import { errorJson } from '../ui/error.ts'
import { inventoryText } from '../ui/inventory.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { print, tell } from './terminal.ts'

export type InventoryFormat = 'table' | 'json' | 'ndjson' | 'csv'

export interface InventoryTarget {
  format: InventoryFormat
  out?: string | undefined
  /** Do not fold long tables. */
  all: boolean
}

/** How a listing ended. */
export interface Outcome {
  warnings: readonly string[]
  /** The same with the account of each. */
  warned: NonNullable<Plan['warned']>
  /** Accounts that were not entered, and those whose listing broke off. */
  unreached: Plan['unreached']
  /** Why the listing is not complete, where something broke off. */
  fault?: Fault
}

/** Destination of the identities. After `end` the printed document is complete, also when a listing broke off. */
export interface InventoryOutput {
  put(identity: Identity): Promise<void>
  /** Ends the document; the first call counts, and nothing is put after it. */
  end(outcome: Outcome): Promise<void>
}

/** The output for a format; streamed where the format allows it, since an estate may be larger than memory. */
export function inventoryOutput(target: InventoryTarget): InventoryOutput {
  return endingOnce(
    target.out !== undefined
      ? file(target.out, target.format)
      : target.format === 'table'
        ? tableOutput(target.all)
        : target.format === 'json'
          ? document()
          : lines(target.format),
  )
}

function endingOnce(output: InventoryOutput): InventoryOutput {
  let ended = false
  let putting: Promise<void> = Promise.resolve()
  return {
    async put(identity) {
      if (ended) return
      putting = output.put(identity)
      await putting
    },
    async end(outcome) {
      if (ended) return
      ended = true
      await putting.catch(() => undefined)
      await output.end(outcome)
    },
  }
}

function tableOutput(all: boolean): InventoryOutput {
  const identities: Identity[] = []
  return {
    async put(identity) {
      identities.push(identity)
    },
    async end({ fault }) {
      if (fault !== undefined && identities.length === 0) return
      const page = await pageOf(process.stdout, { now: timestamp(REAL), all })
      await print(inventoryText(identities, page))
    },
  }
}

/** The document of `--json`, printed as it comes. */
function document(): InventoryOutput {
  const counts: Record<string, number> = {}
  let first = true
  return {
    async put(identity) {
      counts[identity.kind] = (counts[identity.kind] ?? 0) + 1
      await print(`${first ? '{\n"identities": [\n' : ',\n'}${jsonText(identity, 0).trimEnd()}`)
      first = false
    },
    async end(outcome) {
      const rest = Object.entries({ counts, ...endOf(outcome) } satisfies InventoryEnd).map(
        ([name, value]) => `${JSON.stringify(name)}: ${jsonText(value, 0).trimEnd()}`,
      )
      await print(`${first ? '{\n"identities": [' : '\n'}],\n${rest.join(',\n')}\n}\n`)
    },
  }
}

/** Members of the JSON document after the identities and their counts. */
function endOf({ warnings, warned, unreached, fault }: Outcome): Omit<InventoryEnd, 'counts'> {
  return {
    warnings,
    ...(warned.length > 0 ? { warned } : {}),
    unreached,
    ...(fault === undefined ? {} : errorJson(fault)),
  }
}

/** A line for each identity. In NDJSON the last one has the error, where the listing broke off. */
function lines(format: 'ndjson' | 'csv'): InventoryOutput {
  let begun = false
  const begin = async () => {
    if (!begun && format === 'csv') await print(CSV_HEAD)
    begun = true
  }
  return {
    async put(identity) {
      await begin()
      await print(lineOf(identity, format))
    },
    async end({ fault }) {
      await begin()
      if (fault !== undefined && format === 'ndjson') await print(jsonText(errorJson(fault), 0))
    },
  }
}

/** Written whole at the end, into a new file. */
function file(path: string, format: InventoryFormat): InventoryOutput {
  const identities: Identity[] = []
  return {
    async put(identity) {
      identities.push(identity)
    },
    async end(outcome) {
      await writeNew(path, textOf(identities, format, outcome))
      tell(`${identities.length} identities written to ${path}`)
    },
  }
}

function textOf(identities: readonly Identity[], format: InventoryFormat, outcome: Outcome): string {
  if (format === 'table' || format === 'json') {
    return jsonText({
      identities,
      counts: countsOf(identities),
      ...endOf(outcome),
    } satisfies InventoryResult)
  }
  const { fault } = outcome
  return [
    ...(format === 'csv' ? [CSV_HEAD] : []),
    ...identities.map(identity => lineOf(identity, format)),
    ...(fault !== undefined && format === 'ndjson' ? [jsonText(errorJson(fault), 0)] : []),
  ].join('')
}

function countsOf(identities: readonly Identity[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind } of identities) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

const CSV_HEAD = csvLine([
  'id',
  'uid',
  'cloud',
  'account',
  'kind',
  'name',
  'owner',
  'enabled',
  'created',
  'lastUsed',
  'facts',
])

function lineOf(identity: Identity, format: 'ndjson' | 'csv'): string {
  if (format === 'ndjson') return jsonText(identity satisfies InventoryLine, 0)
  const { id, uid, cloud, account, kind, name, owner, facts } = identity
  const text = (fact: string) =>
    facts[fact] === undefined || facts[fact] === null ? '' : String(facts[fact])
  return csvLine([
    id,
    uid,
    cloud,
    account,
    kind,
    name,
    owner ?? '',
    text('enabled'),
    text('created'),
    text('lastUsed'),
    jsonText(facts, 0).trimEnd(),
  ])
}
