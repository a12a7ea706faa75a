import { createHash } from 'node:crypto'

/** The lab's client id of an application, by its name in the seed. */
function appId(name) {
  const hex = createHash('sha256').update(`lab guid of app ${name}`).digest('hex')
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The thief's second application is contained by the same run. */
const both = text =>
  text
    .replaceAll('identity.appId == inputs.app', `identity.appId in [inputs.app, "${appId('iac-pipeline')}"]`)
    .replace('limit: { identities: 2,', 'limit: { identities: 4,')

/** The subject of a fight: a shipped playbook, how its text is changed, and how the thief is equipped. */
export const PLAYBOOKS = {
  aws: { cloud: 'aws', name: 'leaked-access-key', shown: 'AWS, a user who may change IAM' },
  'aws-guard': {
    cloud: 'aws',
    name: 'leaked-access-key',
    guard: true,
    shown: 'AWS, the same with the organization guard',
  },
  gcp: {
    cloud: 'gcp',
    name: 'leaked-service-account-key',
    helper: true,
    shown: 'Google Cloud, a project owner; another owner helps',
  },
  azure: {
    cloud: 'azure',
    name: 'oauth-app-consent-abuse',
    helper: true,
    change: both,
    shown: 'Azure, two applications that own subscription and directory, both contained',
  },
}
