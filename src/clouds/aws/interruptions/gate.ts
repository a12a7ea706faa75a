import { z } from 'zod'
import { Fault } from '../../../model/fault.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import type { AwsClient } from '../client.ts'
import { denyUnless, policyNameFor, secondsAfter, withEnd } from '../settings/denials.ts'
import { ownPolicy } from '../settings/own-policy.ts'
import { type Principal, ROLE, USER } from '../settings/principal.ts'
import { type Question, simulate } from '../settings/probe.ts'

const Params = z
  .strictObject({
    sourceIps: z
      .array(z.union([z.cidrv4(), z.cidrv6()]))
      .min(1)
      .exactOptional()
      .describe('CIDR blocks that requests may come from; not for clients behind a VPC endpoint'),
    vpcs: z
      .array(z.string().regex(/^vpc-[0-9a-f]{8,17}$/, 'a VPC id, e.g. vpc-0a1b2c3d'))
      .min(1)
      .exactOptional()
      .describe('VPCs whose endpoints requests may come through'),
    orgId: z
      .string()
      .regex(/^o-[a-z0-9]{10,32}$/, 'an organization id, e.g. o-a1b2c3d4e5')
      .exactOptional()
      .describe('Organization that the resources must belong to'),
    until: z.iso.datetime({ offset: true }).exactOptional().describe('Open until then, RFC 3339'),
  })
  .refine(params => Object.values(params).some(each => each !== undefined), {
    error: 'give at least one of sourceIps, vpcs, orgId, until',
  })

type Params = z.infer<typeof Params>

const policy = ({ run, params }: Context) => policyNameFor(run, 'gate', Params.parse(params))
const text = (context: Context) => withEnd(denyUnless(Params.parse(context.params)), context)

/** Lets the identity work only under conditions. All that are given must hold. */
function gate(principal: Principal): Interruption<AwsClient, Params> {
  return {
    ...ownPolicy(principal, policy, text),
    id: `aws.${principal.kind}.gate`,
    summary: `Deny every action to the ${principal.kind} unless a request meets the conditions`,
    verbs: ['gate'],
    on: [principal.kind],
    leaves:
      'everything that meets the conditions, an attacker inside them too; calls AWS services make for it',
    params: Params,
    lapses: true,
    example: { sourceIps: ['203.0.113.0/24'] },
    async probe(client, context) {
      const outside = outsideOf(Params.parse(context.params))
      if (outside === undefined) {
        throw new Fault(
          'unsupported',
          'the policy simulator has no example of a request from outside the gate',
        )
      }
      return simulate(client, context, {
        actions: ['iam:ListUsers', 's3:ListAllMyBuckets'],
        context: outside,
      })
    },
  }
}

/** A request that fails one condition. */
function outsideOf({ sourceIps, vpcs, orgId, until }: Params): Question['context'] {
  const direct = { key: 'aws:ViaAWSService', type: 'boolean', value: 'false' } as const
  const foreign = ['192.0.2.1', '198.51.100.1', '203.0.113.1'].find(
    ip => !sourceIps?.some(cidr => sharesStart(cidr, ip)),
  )
  if (sourceIps && foreign) return [{ key: 'aws:SourceIp', type: 'ip', value: foreign }, direct]
  if (vpcs) return [{ key: 'aws:SourceVpc', type: 'string', value: 'vpc-00000000' }, direct]
  if (orgId) return [{ key: 'aws:ResourceOrgID', type: 'string', value: 'o-0000000000' }]
  if (until) return [{ key: 'aws:CurrentTime', type: 'date', value: secondsAfter(until, 60) }]
  return undefined
}

/** Could the block hold the address? Rather yes than no: with none of the addresses left we do not ask. */
function sharesStart(cidr: string, ip: string): boolean {
  return Number(cidr.split('/')[1]) < 8 || cidr.split('.')[0] === ip.split('.')[0]
}

export const userGate = gate(USER)
export const roleGate = gate(ROLE)
