import { boolean, option, string as text } from '@oclif/core/flags'
import type { RestoreChoices } from '../toolkit/restore-options.ts'
import { recentWindow } from './flags.ts'

/** The flags of a restore that say what is restored and how. @param needs flags that those which give more depend on */
export function restoreChoiceFlags(needs: string[]) {
  return {
    only: text({
      summary:
        'only this: name or id of an identity, an interruption, or a setting ("ci-deploy inline/backup"); may be given several times',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
    }),
    drift: option({
      options: ['skip', 'use-live', 'force'] as const,
      summary:
        'where somebody changed a setting since: skip writes nothing and keeps the hold, use-live keeps the value of now and ends the hold, force writes the value of before',
    })(),
    'step-down': boolean({
      summary:
        'restore now, and deny sessions issued before now until they have expired (the default); --no-step-down refuses until then',
      allowNo: true,
    }),
    'accept-live-tokens': boolean({
      summary: 'restore now, although what was issued before the containment works again; needs --reason',
      dependsOn: needs,
      exclusive: ['step-down'],
    }),
    'give-back': text({
      summary: 'switch this credential on again, although it leaked: its id; needs --reason',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: needs,
      helpValue: 'ID',
    }),
    'include-recent': boolean({
      summary: 'restore settings that were added shortly before the run, too',
    }),
    'recent-window': recentWindow,
    log: text({
      summary:
        'records of CloudTrail or Cloud Audit Logs that say who gave what before the run; may be given several times',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
    }),
    leave: text({
      summary: 'leave this as it is now and end the hold on it; named as for --only; needs --reason',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: needs,
      helpValue: 'NAME',
    }),
  }
}

/** The parsed flags of {@link restoreChoiceFlags}. */
interface ChoiceFlags {
  drift?: 'skip' | 'use-live' | 'force' | undefined
  'step-down'?: boolean | undefined
  'accept-live-tokens'?: boolean | undefined
  'give-back'?: string[] | undefined
  'include-recent'?: boolean | undefined
  'recent-window'?: number | undefined
  log?: string[] | undefined
  leave?: string[] | undefined
}

/** The choices of a restore as the toolkit takes them. */
export function restoreChoices(flags: ChoiceFlags): RestoreChoices {
  return {
    drift: flags.drift,
    stepDown: flags['step-down'] ?? true,
    acceptLiveTokens: flags['accept-live-tokens'] === true,
    giveBack: flags['give-back'] ?? [],
    leave: flags.leave ?? [],
    log: flags.log ?? [],
    includeRecent: flags['include-recent'] === true,
    recentWindow: flags['recent-window'],
  }
}
