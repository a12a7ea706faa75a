import { boolean, custom, string } from '@oclif/core/flags'
import { parseDuration } from '../model/duration.ts'
import { Fault } from '../model/fault.ts'

export const commonFlags = {
  state: string({
    summary: 'folder of the runs',
    env: 'INTERDICT_STATE',
    helpValue: 'FOLDER',
    helpGroup: 'GLOBAL',
  }),
  config: string({
    summary: 'folder of the keys',
    env: 'INTERDICT_CONFIG',
    helpValue: 'FOLDER',
    helpGroup: 'GLOBAL',
  }),
  profile: string({
    summary: 'profile of interdict.yaml',
    env: 'INTERDICT_PROFILE',
    helpValue: 'NAME',
    helpGroup: 'GLOBAL',
  }),
  json: boolean({ summary: 'print JSON, for programs', helpGroup: 'GLOBAL' }),
  'impersonate-service-account': string({
    summary: 'act in Google Cloud as this service account',
    env: 'CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT',
    helpValue: 'EMAIL',
    helpGroup: 'GLOBAL',
  }),
}

/** Seconds, given as `30m`, `4h`, `7d`. */
export const duration = custom<number>({
  parse: async text => {
    const parsed = parseDuration(text)
    if (parsed === undefined || parsed === 0) {
      throw new Fault('usage', `${JSON.stringify(text)} is not a valid duration`, {
        next: 'use 30m, 4h or 7d',
      })
    }
    return parsed
  },
  helpValue: 'DURATION',
})

/** Milliseconds, given as `300ms`, `0.3s`, `4s`, `2m`; not more than an hour. */
export const milliseconds = custom<number>({
  parse: async text => {
    const [, number, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text) ?? []
    const parsed = Math.round(Number(number) * ({ ms: 1, s: 1000, m: 60_000 }[unit] ?? Number.NaN))
    if (parsed <= 3_600_000) return parsed
    throw new Fault('usage', `${JSON.stringify(text)} is not a valid duration`, {
      next: 'write it like 300ms, 0.3s or 4s, and not more than 60m',
    })
  },
  helpValue: 'DURATION',
})

export const lab = boolean({ summary: 'act on the rehearsal lab instead of the clouds' })
export const yes = boolean({ char: 'y', summary: 'do not ask' })
export const all = boolean({ summary: 'do not fold long lists' })
export const acceptOneWay = {
  summary: 'plan changes that these credentials could not restore, too; they are refused otherwise',
}
export const includeProtected = {
  summary:
    'touch this identity, or all, although a tag, a name or a role protects it; may be given several times',
  helpValue: 'IDENTITY|all',
  multiple: true,
  multipleNonGreedy: true,
} as const
/** For every command that writes. */
export const trustState = {
  'trust-state': boolean({
    summary: 'take the state folder, and the runs in it, for the newest there are, although never seen here',
  }),
}
export const acceptClock = {
  'accept-clock': boolean({
    summary:
      "continue although this machine's clock is far from the cloud's, and use the time of the cloud; needs --reason",
    dependsOn: ['reason'],
  }),
}
export const acceptUnknownHolds = {
  'accept-unknown-holds': boolean({
    summary: 'go on although another run cannot be believed that may hold the same; needs --reason',
    dependsOn: ['reason'],
  }),
}
export const approvalFlags = {
  approval: string({
    summary:
      'file of an approval by `interdict approve`; those of the state folder are found; may be given several times',
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'break-glass': boolean({
    summary: 'go on without the approvals that are needed, where the policy lets it; needs --reason',
    dependsOn: ['reason'],
  }),
}
export const notify = string({
  summary:
    'webhook:URL, slack:VARIABLE (which holds the URL) or command:PROGRAM, in place of those of interdict.yaml; may be given several times',
  helpValue: 'WHOM',
  multiple: true,
  multipleNonGreedy: true,
})
export const reason = string({ summary: 'why; kept in the journal', helpValue: 'TEXT' })
export const ticket = string({ summary: 'number of the ticket; kept in the journal', helpValue: 'ID' })
export const ttl = duration({ summary: 'until it is due for review (default: as the playbook says)' })
export const recentWindow = duration({
  summary: 'how long before the run counts as shortly before it (default: 24h)',
})
export const wait = duration({
  summary: 'how long to wait for another interdict process to release the state folder',
})
export const noWait = boolean({
  summary: 'do not wait until the clouds enforce what is written; the run ends as settling, with exit 7',
})
export const input = string({
  char: 'i',
  summary: 'an input of the playbook; may be given several times; a list takes commas or several flags',
  helpValue: 'NAME=VALUE',
  multiple: true,
  // Else the flag would swallow the arguments behind it.
  multipleNonGreedy: true,
})
export const out = string({
  summary: 'write to a file (mode 0600, never over an existing one)',
  helpValue: 'FILE',
})
export const cloud = string({
  summary: 'only this cloud; may be given several times',
  multiple: true,
  multipleNonGreedy: true,
})

/** How records are read. */
export const readingFlags = {
  mapping: string({ summary: 'how records of another make are read', helpValue: 'FILE' }),
  tokens: string({
    summary: 'who may send security event tokens (CAEP, RISC), with their keys; else they are set aside',
    helpValue: 'FILE',
  }),
  tenant: string({ summary: 'Entra tenant of records that do not name theirs', helpValue: 'ID' }),
}
