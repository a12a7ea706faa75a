/**
 * Who acts in which rehearsal. A playbook's `drill:` section names its thief and its honest workloads from here.
 *
 * | playbook | thief | honest | collateral |
 * | --- | --- | --- | --- |
 * | leaked-access-key | leaked-ci-key | payments-api, orders-worker, billing-export, metrics-push | ci-pipeline |
 * | ci-role-outside-window | forged-workflow | payments-api, orders-worker, docs-workflow, billing-export | deploy-workflow |
 * | third-party-stop | breached-vendor | payments-api, orders-worker, partner-sync, billing-export | vendor-nightly |
 */
export interface Scenario {
  thief: string
  /** They use credentials that no containment of this scenario should touch. */
  honest: readonly string[]
  /** Honest too, but they share what was stolen, and stop with the thief. */
  collateral: readonly string[]
}

export const scenarios = {
  'leaked-access-key': {
    thief: 'leaked-ci-key',
    honest: ['payments-api', 'orders-worker', 'billing-export', 'metrics-push'],
    collateral: ['ci-pipeline'],
  },
  'ci-role-outside-window': {
    thief: 'forged-workflow',
    honest: ['payments-api', 'orders-worker', 'docs-workflow', 'billing-export'],
    collateral: ['deploy-workflow'],
  },
  'third-party-stop': {
    thief: 'breached-vendor',
    honest: ['payments-api', 'orders-worker', 'partner-sync', 'billing-export'],
    collateral: ['vendor-nightly'],
  },
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios

export function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name)
}
