import { parentPort } from 'node:worker_threads'
import type { AuthorizationCall, DetailedError, EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/nodejs'
import * as cedar from '@cedar-policy/cedar-wasm/nodejs'

/** One call, and the files as they are now. */
export interface CedarQuestion {
  policies: string
  entities?: string
  schema?: string
  principal: string
  resource: string
  parents: { principal: string[]; resource: string[] }
  context: { [name: string]: unknown }
}

export type CedarAnswer =
  | { effect: 'allow' | 'ask' | 'deny'; reason: string; rule: string }
  | { problem: string }

/** The annotations of a policy. */
interface Notes {
  ask: boolean
  reason: string
}

interface PolicyStore {
  text: string
  policies: { [id: string]: string }
  notes: Map<string, Notes>
}

class Problem extends Error {}

let known: PolicyStore | undefined

parentPort?.on('message', ([id, question]: [number, CedarQuestion]) => {
  parentPort?.postMessage([id, answered(question)])
})

function answered(question: CedarQuestion): CedarAnswer {
  try {
    return decided(question)
  } catch (error) {
    return { problem: error instanceof Problem ? error.message : 'its files cannot be read' }
  }
}

function decided(question: CedarQuestion): CedarAnswer {
  if (known?.text !== question.policies) known = storeOf(question.policies)
  const store = known
  const answer = cedar.isAuthorized({
    principal: { type: 'Agent', id: question.principal },
    action: { type: 'Action', id: 'call' },
    resource: { type: 'Tool', id: question.resource },
    context: question.context as AuthorizationCall['context'],
    policies: { staticPolicies: store.policies },
    entities: entitiesOf(question),
    ...(question.schema === undefined ? {} : { schema: question.schema, validateRequest: true }),
  })
  if (answer.type === 'failure') throw problemOf(answer.errors)
  const { decision, diagnostics } = answer.response
  const [error] = diagnostics.errors
  // A policy that fails is left out by Cedar: it could be the one that forbids.
  if (error) throw new Problem(`policy ${error.policyId}: ${error.error.message}`)
  return effectOf(decision, diagnostics.reason, store.notes)
}

/** A permit with `@ask("…")` needs a person, and wins over permits without. */
function effectOf(
  decision: 'allow' | 'deny',
  ids: readonly string[],
  notes: PolicyStore['notes'],
): CedarAnswer {
  const found = [...ids].sort().map(id => ({ id, ...(notes.get(id) ?? { ask: false, reason: '' }) }))
  const asking = decision === 'allow' ? found.find(({ ask }) => ask) : undefined
  const first = asking ?? found[0]
  if (first === undefined) {
    if (decision === 'allow') throw new Problem('it allows for no policy')
    return { effect: 'deny', reason: 'no Cedar policy permits it', rule: 'cedar' }
  }
  return { effect: asking ? 'ask' : decision, reason: first.reason, rule: `cedar ${first.id}` }
}

function storeOf(text: string): PolicyStore {
  const parts = cedar.policySetTextToParts(text)
  if (parts.type === 'failure') throw problemOf(parts.errors)
  if (parts.policy_templates.length > 0) throw new Problem('templates are not supported')
  if (parts.policies.length === 0) throw new Problem('there is no policy')
  const store: PolicyStore = { text, policies: {}, notes: new Map() }
  for (const [index, policy] of parts.policies.entries()) {
    const read = cedar.policyToJson(policy)
    if (read.type === 'failure') throw problemOf(read.errors)
    const { annotations = {} } = read.json
    const id = annotations['id'] ?? `policy${index}`
    if (store.notes.has(id)) throw new Problem(`two policies have the id ${id}`)
    store.policies[id] = policy
    store.notes.set(id, { ask: 'ask' in annotations, reason: annotations['reason'] ?? '' })
  }
  return store
}

/** The entities of the call, and those of the file, whose attributes and parents are added to them. */
function entitiesOf({ principal, resource, parents, entities }: CedarQuestion): EntityJson[] {
  const made = new Map<string, EntityJson>()
  const add = (uid: TypeAndId, more: Partial<EntityJson>) => {
    const key = JSON.stringify([uid.type, uid.id])
    const before = made.get(key)
    made.set(key, {
      uid,
      attrs: { ...before?.attrs, ...more.attrs },
      parents: [...(before?.parents ?? []), ...(more.parents ?? [])],
      ...(more.tags === undefined ? {} : { tags: more.tags }),
    })
  }
  const identities = parents.principal.map(id => ({ type: 'Identity', id }))
  const servers = parents.resource.map(id => ({ type: 'Server', id }))
  add({ type: 'Agent', id: principal }, { parents: identities })
  add({ type: 'Tool', id: resource }, { parents: servers })
  for (const uid of [...identities, ...servers]) add(uid, {})
  const seen = new Set<string>()
  for (const entity of fileEntities(entities)) {
    const uid = '__entity' in entity.uid ? entity.uid.__entity : entity.uid
    const key = JSON.stringify([uid.type, uid.id])
    if (seen.has(key)) throw new Problem(`the entity ${uid.type}::"${uid.id}" is there twice`)
    seen.add(key)
    add({ type: uid.type, id: uid.id }, entity)
  }
  return [...made.values()]
}

function fileEntities(text: string | undefined): EntityJson[] {
  if (text === undefined) return []
  const value: unknown = JSON.parse(text)
  if (!Array.isArray(value) || !value.every(isEntity))
    throw new Problem('the entities are not a list of entities')
  return value
}

function isEntity(value: unknown): value is EntityJson {
  if (typeof value !== 'object' || value === null || !('uid' in value)) return false
  const { uid } = value
  return typeof uid === 'object' && uid !== null && ('__entity' in uid || ('type' in uid && 'id' in uid))
}

function problemOf([first]: readonly DetailedError[]): Problem {
  return new Problem(first?.message ?? 'unknown')
}
