import { z } from 'zod'
import { entryOf, withEntries } from '../../../model/facet.ts'
import { Fault } from '../../../model/fault.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import { unlessGone } from '../../kit/http/faults.ts'
import type { AwsClient } from '../client.ts'
import { denyIssuedBefore, issuedBefore, policyName, secondsAfter } from '../settings/denials.ts'
import { ownPolicy } from '../settings/own-policy.ts'
import { type Principal, ROLE, USER } from '../settings/principal.ts'
import { simulate } from '../settings/probe.ts'
import { sessionHorizon } from '../settings/settings.ts'

/** Seconds beyond now, for sessions that are renewed while the policy spreads; the AWS console does the same. */
const PADDING = 30

const policy = ({ run }: Context) => policyName(run, 'sessions')
const text = (context: Context, padding: number) => denyIssuedBefore(secondsAfter(context.now, padding))

/** Ends the sessions that are running. A principal that may start one can start another: it is not containment by itself. */
function revokeSessions(principal: Principal): Interruption<AwsClient, Record<string, never>> {
  const lens = ownPolicy(principal, policy, context => text(context, PADDING))
  return {
    ...lens,
    id: `aws.${principal.kind}.revoke-sessions`,
    summary: `Deny every action to the sessions of the ${principal.kind} that were issued before now`,
    verbs: ['revoke-sessions'],
    on: [principal.kind],
    leaves:
      principal.kind === 'user'
        ? 'its long-term keys, and new sessions made with them'
        : 'new sessions: principals that may assume the role still may',
    permissions: {
      ...lens.permissions,
      restore: [...lens.permissions.restore, `iam:Put${principal.noun}Policy`],
    },
    params: z.strictObject({}),
    example: {},
    dated: true,
    // It denies what was issued before a moment, and that expires.
    lapses: true,
    horizon: sessionHorizon(principal),
    stepDown(restored, context) {
      const entry = `inline/${policy(context)}`
      if (entryOf(restored, entry) !== undefined || lens.refuse?.(restored, context) !== undefined)
        return restored
      // Not padded: it would also stop the fresh sessions that workloads fetch right after the restore.
      return withEntries(restored, [[entry, text(context, 0)]])
    },
    noStepDown: (restored, context) => lens.refuse?.(restored, context),
    async probe(client, context) {
      const found = await unlessGone(principal.inline(client, context.identity.name, policy(context)))
      const moment = found === undefined ? undefined : issuedBefore(found)
      if (moment === undefined) {
        throw new Fault('gone', `no inline policy ${policy(context)} that denies older sessions was found`)
      }
      return simulate(client, context, {
        actions: ['iam:ListUsers', 's3:ListAllMyBuckets'],
        context: [{ key: 'aws:TokenIssueTime', type: 'date', value: secondsAfter(moment, -1) }],
      })
    },
  }
}

export const userRevokeSessions = revokeSessions(USER)
export const roleRevokeSessions = revokeSessions(ROLE)
