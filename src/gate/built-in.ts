import type { Call } from './call.ts'
import { channelOf } from './open-channel.ts'
import { touchedSettings } from './own-settings.ts'

/**
 * Abilities that a rule has to permit by name (`permits`), because a rule that allows a tool or a command seldom means them.
 * - `open-input`: a program that reads its input, where the harness has a way to feed it that no hook sees
 * - `harness-settings`: a write to the settings of a harness, or to the gate's own files, which could take the gate away
 */
export const PERMITS = ['open-input', 'harness-settings'] as const
export type Permit = (typeof PERMITS)[number]

export interface Need {
  permit: Permit
  /** The file or the program. */
  subject: string
  /** One line for people and for the model. */
  reason: string
}

/** Returns the permits that a call needs besides a rule that allows it. `own`: the gate's files and folders, absolute. */
export function needsOf(call: Call, own: readonly string[]): Need[] {
  const settings = touchedSettings(call, own)
  const channel = channelOf(call)
  return [
    ...(settings === undefined
      ? []
      : [
          {
            permit: 'harness-settings' as const,
            subject: settings,
            reason: `it may change ${settings}`,
          },
        ]),
    ...(channel === undefined
      ? []
      : [
          {
            permit: 'open-input' as const,
            subject: channel,
            reason: `${channel} reads what ${call.harness} can feed it without asking the gate`,
          },
        ]),
  ]
}
