import type { z } from 'zod'
import { ApproveResult } from './approval.ts'
import { CatalogResult, InterruptionResult } from './catalog.ts'
import { CompletionResult } from './completion.ts'
import { ConfigurationResult } from './configuration.ts'
import { DoctorResult } from './doctor.ts'
import { CaseResult, CasesResult, DrillResult } from './drill.ts'
import { ExplanationResult } from './explanation.ts'
import { ErrorResult } from './fault.ts'
import { GateDoctorResult, GateInstallResult, GatePolicyResult } from './gate.ts'
import { InventoryLine, InventoryResult } from './inventory.ts'
import { LabResetResult, LabStartResult } from './lab.ts'
import { PermissionsResult } from './permissions.ts'
import { HeldResult, PlanFile, PlanResult } from './plan.ts'
import {
  PlaybookListResult,
  PlaybookNewResult,
  PlaybookResult,
  PlaybookTestResult,
  PlaybookValidateResult,
} from './playbooks.ts'
import { ProposalsResult } from './proposals.ts'
import { RestorePreviewResult, RestoreResult } from './restore.ts'
import { RotationPlanResult, RotationResult } from './rotation.ts'
import { ContainResult, DueResult, RunResult, RunsResult } from './run.ts'
import { WatchEvent } from './watch-events.ts'

/** Version of the results: it changes when a member is removed or changes its type or its meaning. */
export const RESULTS_VERSION = 1

/** The output of a command with `--json`. */
export interface CommandResults {
  /** One document; which of them depends on the flags. Each command may print `ErrorResult` in its place. */
  document: readonly z.ZodType[]
  /** Lines of NDJSON, one document each. */
  line?: z.ZodType
}

/** Id of a command (`playbook:list`) → what it prints with `--json`. */
export const COMMAND_RESULTS: { readonly [command: string]: CommandResults } = {
  inventory: { document: [InventoryResult], line: InventoryLine },
  plan: { document: [PlanResult] },
  contain: { document: [ContainResult, HeldResult, PlanResult] },
  status: { document: [RunsResult, RunResult, DueResult] },
  proposals: { document: [ProposalsResult] },
  due: { document: [DueResult] },
  verify: { document: [RunResult] },
  restore: { document: [RestoreResult, RestorePreviewResult, RotationResult, RotationPlanResult] },
  rotate: { document: [RotationResult, RotationPlanResult] },
  resume: { document: [ContainResult, RestoreResult, RotationResult] },
  guard: { document: [ContainResult] },
  watch: { document: [], line: WatchEvent },
  permissions: { document: [PermissionsResult] },
  doctor: { document: [DoctorResult, ConfigurationResult] },
  catalog: { document: [CatalogResult, InterruptionResult] },
  'playbook:list': { document: [PlaybookListResult] },
  'playbook:show': { document: [PlaybookResult] },
  'playbook:validate': { document: [PlaybookValidateResult] },
  'playbook:new': { document: [PlaybookNewResult] },
  'playbook:test': { document: [PlaybookTestResult] },
  'playbook:explain': { document: [ExplanationResult] },
  approve: { document: [ApproveResult] },
  extend: { document: [RunResult] },
  tidy: { document: [RestoreResult, RestorePreviewResult] },
  completion: { document: [CompletionResult] },
  drill: { document: [DrillResult, CaseResult, CasesResult] },
  'gate:doctor': { document: [GateDoctorResult] },
  'gate:install': { document: [GateInstallResult] },
  'gate:uninstall': { document: [GateInstallResult] },
  'gate:policy': { document: [GatePolicyResult] },
  'lab:start': { document: [LabStartResult] },
  'lab:reset': { document: [LabResetResult] },
}

/** Every result, in the order of the documentation, under its name in file names (`schemas/<name>.json`). */
export const RESULTS: { readonly [name: string]: z.ZodType } = {
  error: ErrorResult,
  inventory: InventoryResult,
  'inventory-line': InventoryLine,
  plan: PlanResult,
  'plan-file': PlanFile,
  contain: ContainResult,
  held: HeldResult,
  runs: RunsResult,
  run: RunResult,
  due: DueResult,
  approve: ApproveResult,
  proposals: ProposalsResult,
  restore: RestoreResult,
  'restore-preview': RestorePreviewResult,
  rotation: RotationResult,
  'rotation-plan': RotationPlanResult,
  'watch-event': WatchEvent,
  permissions: PermissionsResult,
  doctor: DoctorResult,
  configuration: ConfigurationResult,
  catalog: CatalogResult,
  interruption: InterruptionResult,
  'playbook-list': PlaybookListResult,
  playbook: PlaybookResult,
  'playbook-validate': PlaybookValidateResult,
  'playbook-new': PlaybookNewResult,
  'playbook-test': PlaybookTestResult,
  explanation: ExplanationResult,
  completion: CompletionResult,
  drill: DrillResult,
  case: CaseResult,
  cases: CasesResult,
  'gate-doctor': GateDoctorResult,
  'gate-install': GateInstallResult,
  'gate-policy': GatePolicyResult,
  'lab-start': LabStartResult,
  'lab-reset': LabResetResult,
}
