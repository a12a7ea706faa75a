import { aws } from '../../src/clouds/aws/provider.ts'
import type { World } from '../../src/engine/index.ts'
import type { Context, Interruption } from '../../src/model/interruption.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import type { Provider } from '../../src/model/provider.ts'
import { REAL } from '../../src/model/timing.ts'
import type { AwsRange } from '../contract/aws-range.ts'

/** Called right before a change is written: what somebody else does between our reading and our writing. */
export type Meanwhile = (interruption: Interruption, context: Context) => Promise<void>

/** The engine's world over a lab. */
export function awsWorld({ session, lab }: AwsRange, meanwhile?: Meanwhile): World {
  return {
    timing: REAL,
    providers: new Map([['aws', disturbed(aws as Provider, meanwhile)]]),
    sessions: [session],
    unreached: [],
    target: { kind: 'lab', at: lab.id },
    clock: () => lab.clock.now(),
    listen: () => undefined,
    patience: 2000,
  }
}

function disturbed(provider: Provider, meanwhile: Meanwhile | undefined): Provider {
  if (!meanwhile) return provider
  // IAM has no etags: two who read and write one document at the same time lose something, both of them. So the other
  // one is done before the next write of ours begins.
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = (work: () => Promise<void>) => {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }
  return {
    ...provider,
    interruptions: provider.interruptions.map(interruption => ({
      ...interruption,
      write: (client, from, to, context) =>
        inTurn(async () => {
          await meanwhile(interruption, context)
          await interruption.write(client, from, to, context)
        }),
    })),
  }
}

const PARAMS: { [verb: string]: Playbook['steps'][number]['interrupt'][number]['params'] } = {
  constrain: { deny: ['s3:*'] },
  gate: { sourceIps: ['203.0.113.0/24'] },
}

/** A playbook that uses these verbs, or exact interruptions, on the users and roles with these names. */
export function playbookFor(names: readonly string[], uses: readonly string[]): Playbook {
  const select = `(identity.kind == "user" || identity.kind == "role") && identity.name in ${JSON.stringify(names)}`
  return {
    name: 'property',
    title: 'Property',
    status: 'test',
    severity: 'low',
    references: {},
    inputs: {},
    scope: { aws: {} },
    protect: [],
    limit: { identities: 50, share: 1 },
    ttl: 3600,
    steps: [
      {
        name: 'all',
        select,
        interrupt: uses.map(use => ({ use, params: PARAMS[use.split('.').at(-1) ?? use] ?? {} })),
      },
    ],
    source: '',
    sha256: '',
    file: 'property.yaml',
  }
}
