import { digest, type Json } from '../../../model/json.ts'

/**
 * The policy documents that we put in, as text, and what we call them. IAM gives an inline policy back to the letter
 * (percent-encoded), so one text stands for one document and needs no normal form.
 */

/** Every inline policy of ours begins with this. */
export const PREFIX = 'interdict-'

/** The name of an inline policy of a run; `part` keeps several interruptions of one identity apart. */
export function policyName(run: string, part?: string): string {
  return part === undefined ? `${PREFIX}${run}` : `${PREFIX}${run}-${part}`
}

/** One run may constrain one identity twice, differently: the parameters are in the name. */
export function policyNameFor(run: string, part: string, params: Json): string {
  return policyName(run, `${part}-${digest(params).slice(0, 8)}`)
}

/**
 * IAM's Sids allow letters and digits only (IAM User Guide, "IAM JSON policy elements: Sid").
 */
export function statementId(run: string): string {
  const plain = run.replace(/[^A-Za-z0-9]/g, '')
  return `Interdict${plain.charAt(0).toUpperCase()}${plain.slice(1)}`
}

type Statement = { [element: string]: Json }

function documentText(statements: Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}

/** Stops a principal against every allow, resource policies included: an explicit deny beats every allow. */
export function denyAll(): string {
  return documentText([{ Effect: 'Deny', Action: '*', Resource: '*' }])
}

/**
 * Stops the sessions that were issued before a moment and nothing else: long-term keys carry no
 * `aws:TokenIssueTime`, and the plain operator does not match where the key is absent (IAM User Guide, "Revoke IAM
 * role temporary security credentials"). The `IfExists` form would stop them too, which is not what it says.
 */
export function denyIssuedBefore(time: string): string {
  return documentText([
    {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': time } },
    },
  ])
}

/**
 * Denies what the statement of a document of ours denies until `ends`, and from then on to sessions that were issued before `ends` as long as
 * they may live (`sessions` seconds): a session that was made meanwhile does not come alive when the stop ends. `aws:CurrentTime` is in
 * every request (IAM User Guide, "AWS global condition context keys").
 */
function untilEnd(document: string, ends: string, sessions: number): string {
  const { Statement } = JSON.parse(document) as { Statement: (Statement & { Condition?: Condition })[] }
  const last = secondsAfter(ends, sessions)
  return documentText(
    Statement.flatMap(each => [
      withCondition(each, { DateLessThan: { 'aws:CurrentTime': secondsAfter(ends, 0) } }),
      withCondition(each, {
        DateLessThan: { 'aws:CurrentTime': last, 'aws:TokenIssueTime': secondsAfter(ends, 0) },
      }),
    ]),
  )
}

/** Sessions of a user or role live 36 hours at most (AWS STS API Reference, GetSessionToken and AssumeRole). */
const LONGEST_SESSION = 36 * 3600

/** The document, with its end where the context has one. */
export function withEnd(document: string, { ends }: { ends?: string }): string {
  return ends === undefined ? document : untilEnd(document, ends, LONGEST_SESSION)
}

type Condition = { [operator: string]: { [key: string]: Json } }

/** Conditions of one operator on several keys have to hold together (IAM User Guide, "Conditions with multiple context keys"). */
function withCondition(statement: Statement & { Condition?: Condition }, more: Condition): Statement {
  const own = statement.Condition ?? {}
  const merged = Object.fromEntries(
    Object.keys({ ...own, ...more }).map(operator => [operator, { ...own[operator], ...more[operator] }]),
  )
  return { ...statement, Condition: merged }
}

/** The moment of a `denyIssuedBefore` document; undefined for any other text. */
export function issuedBefore(text: string): string | undefined {
  const time = /"aws:TokenIssueTime":"([^"]+)"/.exec(text)?.[1]
  return time !== undefined && text === denyIssuedBefore(time) ? time : undefined
}

/** RFC 3339 with seconds and `Z`, the precision that IAM compares, `seconds` after a moment. */
export function secondsAfter(time: string, seconds: number): string {
  return new Date(Math.floor(Date.parse(time) / 1000 + seconds) * 1000).toISOString().replace('.000Z', 'Z')
}

export function denyActions(actions: readonly string[], resources: readonly string[]): string {
  return documentText([{ Effect: 'Deny', Action: [...actions], Resource: [...resources] }])
}

/** The conditions of a gate on every request. All that are given must hold. */
export interface GateConditions {
  /** CIDR blocks. */
  sourceIps?: string[]
  vpcs?: string[]
  /** The organization that the resource must belong to. */
  orgId?: string
  /** RFC 3339: open until then. */
  until?: string
}

/**
 * Denies what does not meet a condition, one statement for each, so that all have to hold. The negated operators also
 * match where the key is absent: what cannot show that it meets the condition is denied (IAM User Guide, "IAM JSON
 * policy elements: Condition operators"). Calls that an AWS service makes on behalf of the identity come from neither
 * its network nor its VPC, hence `aws:ViaAWSService`.
 */
export function denyUnless({ sourceIps, vpcs, orgId, until }: GateConditions): string {
  const own = { Bool: { 'aws:ViaAWSService': 'false' } }
  const conditions: { [operator: string]: Json }[] = []
  if (sourceIps) conditions.push({ NotIpAddress: { 'aws:SourceIp': [...sourceIps] }, ...own })
  if (vpcs) conditions.push({ StringNotEquals: { 'aws:SourceVpc': [...vpcs] }, ...own })
  if (orgId) conditions.push({ StringNotEquals: { 'aws:ResourceOrgID': orgId } })
  if (until) conditions.push({ DateGreaterThan: { 'aws:CurrentTime': secondsAfter(until, 0) } })
  return documentText(
    conditions.map(Condition => ({ Effect: 'Deny', Action: '*', Resource: '*', Condition })),
  )
}

/** Characters as IAM counts them against its quotas: without white space. */
export function sizeOf(text: string): number {
  return text.replace(/\s/g, '').length
}
