import type { Limit } from '../throttle.ts'

interface Rate {
  name: string
  methods: RegExp
  /** Calls a minute of one project. */
  reads: number
  writes: number
}

/** IAM, "Quotas and limits". The deny API has a quota of its own, which is on without being asked for: quota.ts. */
const RATES: readonly Rate[] = [
  { name: 'iam pools', methods: /^iam\..*workloadIdentityPools/, reads: 600, writes: 60 },
  { name: 'iam', methods: /^iam\.(?:projects|organizations)\./, reads: 6000, writes: 600 },
  { name: 'iamcredentials', methods: /^iamcredentials\./, reads: 60_000, writes: 60_000 },
  { name: 'sts', methods: /^sts\./, reads: 6000, writes: 6000 },
]

/** @param project whose quota it is, a number */
export function limitsOf(method: string, writes: boolean, project: string): Limit[] {
  const rate = RATES.find(({ methods }) => methods.test(method))
  if (rate === undefined || project === '') return []
  const [kind, aMinute] = writes ? ['writes', rate.writes] : ['reads', rate.reads]
  return [{ family: `gcp ${rate.name} ${kind}`, owner: project, size: aMinute, perSecond: aMinute / 60 }]
}
