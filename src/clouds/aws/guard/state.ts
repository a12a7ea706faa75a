import type { GuardState } from '../../../model/provider.ts'
import type { AccountGuard } from './account-guard.ts'
import { CHARACTERS, guardPolicyName, PLACES } from './document.ts'

/** Returns the state of an account's guard policy, for `doctor`. */
export function guardState(
  account: string,
  { because, document, id, attached, size }: AccountGuard,
): GuardState {
  const name = guardPolicyName(account)
  if (because !== undefined) return { ready: false, possible: false, text: because }
  if (id === undefined) {
    const places = `${attached} of ${PLACES} places taken`
    return attached < PLACES
      ? { ready: false, text: `no guard policy is attached (${places})` }
      : {
          ready: false,
          possible: false,
          text: `no guard policy is attached, and there is no place for one (${places}); detach a policy from the account`,
        }
  }
  const principals = new Set(Object.keys(document.entries).map(entry => entry.slice(entry.indexOf('arn:'))))
    .size
  const denied =
    principals === 0
      ? 'denies nobody'
      : `denies ${principals} ${principals === 1 ? 'principal' : 'principals'}`
  return {
    ready: true,
    text: `${name} is attached, ${denied}, ${size} of ${CHARACTERS} characters used`,
  }
}
