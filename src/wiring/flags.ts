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
  json: boolean({ summary: 'print JSON, for programs', helpGroup: 'GLOBAL' }),
  'impersonate-service-account': string({
    summary: 'act in Google Cloud as this service account',
    env: 'CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT',
    helpValue: 'EMAIL',
    helpGroup: 'GLOBAL',
  }),
}

/** Seconds, given as `30m`, `4h`, `7d`. */
const seconds = custom<number>({
  parse: async text => {
    const parsed = parseDuration(text)
    if (parsed === undefined || parsed === 0) {
      throw new Fault('usage', `${JSON.stringify(text)} is no duration`, {
        next: 'write it like 30m, 4h or 7d',
      })
    }
    return parsed
  },
  helpValue: 'DURATION',
})

export const lab = boolean({ summary: 'act on the rehearsal lab instead of the clouds' })
export const yes = boolean({ char: 'y', summary: 'do not ask' })
export const all = boolean({ summary: 'do not fold long lists' })
export const acceptOneWay = {
  summary: 'plan also what these credentials could not put back; it is refused otherwise',
}
/** For every command that writes. */
export const trustState = {
  'trust-state': boolean({
    summary: 'take the state folder, and the runs in it, for the newest there are, although never seen here',
  }),
}
export const acceptClock = {
  'accept-clock': boolean({
    summary:
      "go on although this machine's clock is far from the cloud's, by the time of the cloud; needs --reason",
    dependsOn: ['reason'],
  }),
}
export const acceptUnknownHolds = {
  'accept-unknown-holds': boolean({
    summary: 'go on although another run cannot be believed that may hold the same; needs --reason',
    dependsOn: ['reason'],
  }),
}
export const reason = string({ summary: 'why; kept in the journal', helpValue: 'TEXT' })
export const ticket = string({ summary: 'number of the ticket; kept in the journal', helpValue: 'ID' })
export const ttl = seconds({ summary: 'until it is due for review (default: as the playbook says)' })
export const wait = seconds({ summary: 'wait so long for another interdict to finish with the state folder' })
export const input = string({
  char: 'i',
  summary: 'an input of the playbook; may be given several times',
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
