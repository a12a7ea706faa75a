import { randomUUID } from 'node:crypto'
import { provesKeyOf } from '../assertion.ts'
import type { Application, KeyCredential, PasswordCredential, ServicePrincipal } from '../store.ts'
import { decode } from '../token.ts'
import { Problem } from '../wire.ts'
import { allow } from './app-management.ts'
import { keysAfter, theApplication, thePrincipal } from './objects.ts'
import { bad, type GraphCall, type GraphRoute, textOf, WRITE_APPLICATIONS } from './route.ts'

const YEAR = 365 * 86_400_000
/** The audience of a proof of possession: the directory itself (Graph reference, "addKey"). */
const PROOF_AUDIENCE = '00000002-0000-0000-c000-000000000000'

type Kind = 'applications' | 'servicePrincipals'

/** New secrets and certificates of applications and of principals. */
export const credentials: readonly GraphRoute[] = (['applications', 'servicePrincipals'] as const).flatMap(
  kind => [addPassword(kind), addKey(kind)],
)

function holderOf(call: GraphCall, kind: Kind): Application | ServicePrincipal {
  return kind === 'applications'
    ? theApplication({ ...call, view: 'now' })
    : thePrincipal({ ...call, view: 'now' })
}

/** Saves the holder with its credentials changed. */
function saveCredentials(
  { estate }: GraphCall,
  kind: Kind,
  { id }: { id: string },
  credentials: { passwordCredentials?: PasswordCredential[]; keyCredentials?: KeyCredential[] },
): void {
  if (kind === 'applications') {
    const application = estate.applications.get(id)
    if (application !== undefined) estate.applications.set(id, { ...application, ...credentials })
    return
  }
  const principal = estate.servicePrincipals.get(id)
  if (principal !== undefined) estate.servicePrincipals.set(id, { ...principal, ...credentials })
}

function addPassword(kind: Kind): GraphRoute {
  return {
    method: 'POST',
    template: `/${kind}/{id}/addPassword`,
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: call => {
      const holder = holderOf(call, kind)
      const given = (call.body['passwordCredential'] ?? {}) as Partial<PasswordCredential>
      const secretText = `lab-${randomUUID()}`
      const made: PasswordCredential = {
        keyId: randomUUID(),
        displayName: given.displayName ?? null,
        hint: secretText.slice(0, 3),
        startDateTime: given.startDateTime ?? call.clock.now(),
        endDateTime: given.endDateTime ?? new Date(call.clock.ms() + 2 * YEAR).toISOString(),
        secretText,
      }
      allow(call.estate, kind, holder, 'passwordCredentials', made)
      saveCredentials(call, kind, holder, { passwordCredentials: [...holder.passwordCredentials, made] })
      return { body: made }
    },
  }
}

/** Only for an object that has a valid certificate already: the caller proves that it has its key. */
function addKey(kind: Kind): GraphRoute {
  return {
    method: 'POST',
    template: `/${kind}/{id}/addKey`,
    permissions: WRITE_APPLICATIONS,
    writes: true,
    run: call => {
      const holder = holderOf(call, kind)
      const proof = decode(textOf(call.body, 'proof'))
      const isProven =
        proof !== undefined &&
        proof.claims['aud'] === PROOF_AUDIENCE &&
        proof.claims['iss'] === holder.id &&
        provesKeyOf(holder.keyCredentials, proof)
      if (!isProven) {
        throw new Problem(401, 'Authentication_MissingOrMalformed', 'Access Token missing or malformed.')
      }
      const keyCredentials = keysAfter(holder.keyCredentials, [
        ...holder.keyCredentials,
        call.body['keyCredential'],
      ])
      const made = keyCredentials.at(-1)
      if (made === undefined) throw bad('Key value is invalid or missing.')
      allow(call.estate, kind, holder, 'keyCredentials', made)
      saveCredentials(call, kind, holder, { keyCredentials })
      return { body: { ...made, key: null } }
    },
  }
}
