import { z } from 'zod'
import type { Printed } from './values.ts'

const Harness = z
  .enum(['claude', 'codex', 'cursor', 'gemini', 'qwen'])
  .describe('The program that runs the agent.')

/** Printed by `gate doctor`. */
export const GateDoctorResult = z
  .strictObject({
    ok: z.boolean().describe('False if a tool would run without the gate; the exit code is then 4.'),
    harnesses: z
      .array(
        z.strictObject({
          harness: Harness,
          installed: z.array(z.string()).describe('Files that call the gate. Empty if it is not installed.'),
          findings: z
            .array(
              z.strictObject({
                harness: Harness,
                level: z
                  .enum(['off', 'note'])
                  .describe(
                    '`off`: the gate is not called, or refuses everything. `note`: a person should know it.',
                  ),
                path: z.string().describe('The file.'),
                message: z.string().describe('The finding.'),
              }),
            )
            .describe('The findings in its settings.'),
        }),
      )
      .describe('Harnesses for which the gate is installed, or the one that was named.'),
  })
  .meta({ id: 'GateDoctor', description: 'Whether harnesses call the gate: `gate doctor`.' })

export type GateDoctorResult = Printed<typeof GateDoctorResult>

/** Printed by `gate install` and `gate uninstall`. */
export const GateInstallResult = z
  .strictObject({
    path: z.string().describe('The first of `paths`.'),
    changed: z.boolean().describe('Whether a file was changed.'),
    paths: z.array(z.string()).describe('Files of the harness that were looked at.'),
  })
  .meta({ id: 'GateInstall', description: 'Printed by `gate install` and `gate uninstall`.' })

export type GateInstallResult = Printed<typeof GateInstallResult>

/** Printed by `gate policy`. */
export const GatePolicyResult = z
  .strictObject({ policy: z.string().describe('The policy, as YAML.') })
  .meta({ id: 'GatePolicy', description: 'The policy of the gate: `gate policy`.' })

export type GatePolicyResult = Printed<typeof GatePolicyResult>
