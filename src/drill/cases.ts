import type { Scenario } from '../lab/actors/index.ts'
import { ACCOUNT } from '../lab/aws/seed/ids.ts'
import { objectId, TENANT } from '../lab/azure/seed/ids.ts'
import { emailOf } from '../lab/gcp/seed/ids.ts'
import { identityId } from '../model/identity.ts'

/** One of the five cases: what the cloud's log says, who is at work meanwhile, and how it ends. */
export interface IncidentCase {
  number: number
  title: string
  playbook: string
  /** Files of records next to the playbook that are learned as usual beforehand. */
  learned: readonly string[]
  /** File of records next to the playbook; `gate`: the agent's tool calls go through the gate, which writes them itself. */
  records: string
  /** The weekday and the hour are what matters: the record is of the last such day, and not of now. */
  weekly?: true
  scenario: Scenario
  /** As in a copy whose inputs have defaults for what the event does not say: those of the playbook's own drill. */
  filledIn?: true
  /** Honest workloads that share what was stopped → the identity that has to be cleared before they work again. */
  cleared?: { readonly [actor: string]: string }
  /** `restore`: once the analyst is satisfied. `rotate`: with a new credential. `each`: one identity after the other. */
  ending: 'restore' | 'rotate' | 'each'
}

export const CASES: readonly IncidentCase[] = [
  {
    number: 1,
    title: 'A CI role gets a token outside its deployment window: paused, looked at, restored',
    playbook: 'ci-role-outside-window',
    learned: [],
    records: 'ci-token-at-night.json',
    weekly: true,
    scenario: {
      thieves: ['forged-workflow'],
      honest: ['payments-api', 'orders-worker', 'docs-workflow', 'billing-export'],
      collateral: ['deploy-workflow'],
    },
    ending: 'restore',
  },
  {
    number: 2,
    title:
      'An agent asks for tools that are not its business: refused before they run, then held in the cloud too',
    playbook: 'agent-out-of-scope',
    learned: [],
    records: 'gate',
    scenario: {
      thieves: ['rogue-agent'],
      honest: ['research-agent', 'billing-azure', 'reports-azure', 'backup-azure', 'orders-azure'],
      collateral: ['triage-agent'],
    },
    ending: 'restore',
  },
  {
    number: 3,
    title:
      'A key is refused again and again from a country it never was in: blocked, rotated, back with the new key',
    playbook: 'leaked-access-key',
    learned: ['key-usual.json'],
    records: 'key-abroad.ndjson',
    scenario: {
      thieves: ['billing-key-abroad'],
      honest: ['payments-api', 'orders-worker', 'docs-workflow', 'metrics-push', 'ci-pipeline'],
      collateral: ['billing-export'],
    },
    ending: 'rotate',
  },
  {
    number: 4,
    title: 'A workload reads a secret that it never read: quarantined, restored',
    playbook: 'workload-secrets-access',
    learned: ['secret-usual.json'],
    records: 'secret-never-read.json',
    scenario: {
      thieves: ['hijacked-workload'],
      honest: ['payments', 'orders', 'metrics-writer', 'github-docs', 'nightly-etl'],
      collateral: ['checkout'],
    },
    ending: 'restore',
  },
  {
    number: 5,
    title:
      'A vendor comes from elsewhere: all of it stopped in three clouds, and restored one by one as each is cleared',
    playbook: 'third-party-stop',
    learned: ['vendor-usual.json'],
    records: 'vendor-elsewhere.json',
    scenario: {
      thieves: ['breached-vendor', 'breached-vendor-gcp', 'breached-vendor-azure'],
      honest: [
        'payments-api',
        'orders-worker',
        'partner-sync',
        'checkout',
        'orders',
        'vendor2',
        'billing-azure',
        'reports-azure',
        'partner-sync-azure',
      ],
      collateral: ['vendor-nightly', 'vendor-sync-nightly', 'vendor-nightly-azure'],
    },
    filledIn: true,
    cleared: {
      'vendor-nightly': identityId('aws', ACCOUNT, 'role', 'vendor-sync'),
      'vendor-sync-nightly': identityId(
        'gcp',
        'acme-shop',
        'service-account',
        emailOf('vendor-sync', 'acme-shop'),
      ),
      'vendor-nightly-azure': identityId('azure', TENANT, 'service-principal', objectId('vendor-sync')),
    },
    ending: 'each',
  },
]
