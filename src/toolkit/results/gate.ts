import { z } from 'zod'
import { choice, list, named, text } from './shapes.ts'
import type { Printed } from './values.ts'

const Harness = choice('The program that runs the agent.', ['claude', 'codex', 'cursor', 'gemini', 'qwen'])

/** Printed by `gate doctor`. */
export const GateDoctorResult = named('GateDoctor', 'Whether harnesses call the gate: `gate doctor`.', {
  ok: z.boolean().describe('False if a tool would run without the gate; the exit code is then 4.'),
  harnesses: list('Harnesses for which the gate is installed, or the one that was named.', {
    harness: Harness,
    installed: list('Files that call the gate. Empty if it is not installed.', z.string()),
    findings: list('The findings in its settings.', {
      harness: Harness,
      level: choice(
        '`off`: the gate is not called, or refuses everything. `note`: a person should know it.',
        ['off', 'note'],
      ),
      path: text('The file.'),
      message: text('The finding.'),
    }),
  }),
})

export type GateDoctorResult = Printed<typeof GateDoctorResult>

/** Printed by `gate install` and `gate uninstall`. */
export const GateInstallResult = named('GateInstall', 'Printed by `gate install` and `gate uninstall`.', {
  path: text('The first of `paths`.'),
  changed: z.boolean().describe('Whether a file was changed.'),
  paths: list('Files of the harness that were looked at.', z.string()),
})

export type GateInstallResult = Printed<typeof GateInstallResult>

/** Printed by `gate policy`. */
export const GatePolicyResult = named('GatePolicy', 'The policy of the gate: `gate policy`.', {
  policy: text('The policy, as YAML.'),
})

export type GatePolicyResult = Printed<typeof GatePolicyResult>
