import { isIPv4, isIPv6 } from 'node:net'
import { Fault } from '../model/fault.ts'
import { isObject } from '../model/json-object.ts'
import type { Signal, SignalIdentity } from '../model/signal.ts'
import { Recent } from './lru-map.ts'
import { isList, isTexts } from './state.ts'
import { bounded } from './truncate.ts'

export type Dimension = 'action' | 'resource' | 'network' | 'country'

const DIMENSIONS = ['action', 'resource', 'network', 'country'] as const
const MOST: { readonly [dimension in Dimension]: number } = {
  action: 300,
  resource: 1_000,
  network: 200,
  country: 50,
}
const MOST_IDENTITIES = 10_000

/** The usual behaviour of one identity. A dimension that is open has had too many values to say what is unusual in it. */
export type Usual = { [dimension in Dimension]: string[] } & { open: Dimension[] }

export type BaselineState = {
  version: 1
  /** Longest not seen first. */
  identities: [identity: string, usual: Usual][]
}

interface Habits {
  values: { readonly [dimension in Dimension]: Set<string> }
  open: Set<Dimension>
}

/** The usual behaviour of each identity: actions, resources, networks (/24, /48) and countries. Bounded. */
export class Baseline {
  readonly #identities = new Recent<Habits>(MOST_IDENTITIES)

  get size(): number {
    return this.#identities.size
  }

  /** Adds what a signal shows to what its identity usually does. */
  learn(signal: Signal): void {
    const key = identityKey(signal)
    const known = this.#identities.get(key)
    const habits = known ?? empty()
    if (known === undefined) this.#identities.set(key, habits)
    for (const dimension of DIMENSIONS) {
      const value = shownIn(signal, dimension)
      if (value === undefined || habits.open.has(dimension)) continue
      const values = habits.values[dimension]
      values.add(value)
      if (values.size <= MOST[dimension]) continue
      habits.open.add(dimension)
      values.clear()
    }
  }

  /**
   * The first of the dimensions that is new for the signal's identity. Nothing is new for an identity that was never
   * seen: nobody knows what is usual for it.
   */
  firstSeen(signal: Signal, dimensions: readonly Dimension[]): Dimension | undefined {
    const habits = this.#identities.get(identityKey(signal))
    if (habits === undefined) return undefined
    return dimensions.find(dimension => {
      const value = shownIn(signal, dimension)
      return value !== undefined && !habits.open.has(dimension) && !habits.values[dimension].has(value)
    })
  }

  /** Plain data. */
  save(): BaselineState {
    const identities = [...this.#identities.entries()].map(([key, { values, open }]): [string, Usual] => [
      key,
      {
        action: [...values.action],
        resource: [...values.resource],
        network: [...values.network],
        country: [...values.country],
        open: [...open],
      },
    ])
    return { version: 1, identities }
  }

  /** Reads what `save` wrote; throws a Fault `damaged` when it is something else. */
  static load(state: unknown): Baseline {
    const damaged = () => new Fault('damaged', 'the baseline is not one, or of another version')
    if (!isObject(state) || state['version'] !== 1 || !isList(state['identities'])) throw damaged()
    const baseline = new Baseline()
    for (const entry of state['identities']) {
      const [key, usual] = isList(entry) ? entry : []
      if (typeof key !== 'string' || !isObject(usual)) throw damaged()
      const habits = empty()
      for (const dimension of DIMENSIONS) {
        const values = usual[dimension]
        if (!isTexts(values) || values.length > MOST[dimension]) throw damaged()
        for (const value of values) habits.values[dimension].add(value)
        if (isList(usual['open']) && usual['open'].includes(dimension)) habits.open.add(dimension)
      }
      baseline.#identities.set(key, habits)
    }
    return baseline
  }
}

/** One name for who a signal is about, whether or not the inventory knows it. */
export function identityKey({
  cloud,
  account = '',
  identity,
}: Pick<Signal, 'cloud' | 'account' | 'identity'>): string {
  return identity.id ?? bounded(`${cloud}:${account}:${keyName(identity)}`)
}

function keyName({ kind = '', uid, name }: SignalIdentity): string {
  return `${kind}~${uid ?? name}`
}

function empty(): Habits {
  return {
    values: { action: new Set(), resource: new Set(), network: new Set(), country: new Set() },
    open: new Set(),
  }
}

function shownIn(signal: Signal, dimension: Dimension): string | undefined {
  if (dimension === 'network') return networkOf(signal.sourceIp)
  const value = signal[dimension]
  return value === undefined ? undefined : bounded(value)
}

/** The /24 of an IPv4 address and the /48 of an IPv6 one: what one customer of a provider usually has. */
export function networkOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined
  if (isIPv4(address)) return `${address.split('.').slice(0, 3).join('.')}.0/24`
  if (!isIPv6(address)) return undefined
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return networkOf(mapped)
  return `${groupsOf(address).slice(0, 3).join(':')}::/48`
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right].map(group =>
    group.replace(/^0+(?=.)/, ''),
  )
}
