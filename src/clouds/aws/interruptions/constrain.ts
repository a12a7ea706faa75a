import { z } from 'zod'
import { glob } from '../../../model/expression/glob.ts'
import type { Context, Interruption } from '../../../model/interruption.ts'
import type { AwsClient } from '../client.ts'
import { denyActions, policyNameFor, withEnd } from '../settings/denials.ts'
import { ownPolicy } from '../settings/own-policy.ts'
import { type Principal, ROLE, USER } from '../settings/principal.ts'
import { simulate } from '../settings/probe.ts'

const Params = z.strictObject({
  deny: z
    .array(
      z
        .string()
        .max(128)
        .regex(
          /^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/,
          'an action is written service:Action, with * and ? as wildcards, e.g. s3:Delete*',
        ),
    )
    .min(1)
    .describe('Actions to deny, e.g. s3:*'),
  resources: z
    .array(
      z
        .string()
        .max(2048)
        .regex(/^(\*|arn:[\x21-\x7e]+)$/, 'a resource is * or an ARN, with * and ? as wildcards'),
    )
    .min(1)
    .default(['*'])
    .describe('ARNs on which to deny them; all by default'),
})

type Params = z.infer<typeof Params>

const policy = ({ run, params }: Context) => policyNameFor(run, 'constrain', Params.parse(params))

function text(context: Context): string {
  const { deny, resources } = Params.parse(context.params)
  return withEnd(denyActions(deny, resources), context)
}

/** Takes some actions away and leaves the rest. */
function constrain(principal: Principal): Interruption<AwsClient, Params> {
  return {
    ...ownPolicy(principal, policy, text),
    id: `aws.${principal.kind}.constrain`,
    summary: `Deny chosen actions to the ${principal.kind}`,
    verbs: ['constrain'],
    on: [principal.kind],
    leaves: 'every action that is not listed, on every resource that is not listed',
    params: Params,
    lapses: true,
    example: { deny: ['s3:*'], resources: ['*'] },
    async probe(client, context) {
      const { deny, resources } = Params.parse(context.params)
      const actions = [...new Set(deny.map(standIn))]
      return simulate(client, context, {
        actions,
        ...(resources.includes('*') ? {} : { resources: resources.map(withoutWildcards) }),
      })
    },
  }
}

/** Actions that stand in for the patterns that match them. */
const WELL_KNOWN = [
  'bedrock:InvokeModel',
  'cloudtrail:StopLogging',
  'dynamodb:GetItem',
  'ec2:RunInstances',
  'ecr:GetAuthorizationToken',
  'iam:CreateAccessKey',
  'iam:ListUsers',
  'kms:Decrypt',
  'lambda:InvokeFunction',
  's3:DeleteObject',
  's3:GetObject',
  's3:ListAllMyBuckets',
  'secretsmanager:GetSecretValue',
  'ssm:GetParameter',
  'sts:AssumeRole',
]

/**
 * An action that the pattern matches, since the simulator takes no wildcards: a well-known one, else one made of the pattern.
 * IAM judges actions that no service has like any other (recorded: it decided about `sqs:CreateUser`).
 */
function standIn(pattern: string): string {
  if (!/[*?]/.test(pattern)) return pattern
  const known = WELL_KNOWN.find(action => glob(action.toLowerCase(), pattern.toLowerCase()))
  return known ?? pattern.replace(/:\*$/, ':CreateUser').replace(/[*?]/g, 'X')
}

function withoutWildcards(resource: string): string {
  return resource.replace(/[*?]/g, 'x')
}

export const userConstrain = constrain(USER)
export const roleConstrain = constrain(ROLE)
