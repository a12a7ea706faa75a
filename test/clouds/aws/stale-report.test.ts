import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aws } from '../../../src/clouds/aws/provider.ts'
import type { Identity } from '../../../src/model/identity.ts'
import type { Session } from '../../../src/model/provider.ts'
import { REAL } from '../../../src/model/timing.ts'
import { answer, ScriptedIam } from './scripted-iam.ts'

const ACCOUNT = '111122223333'
/** AWS gives a report for up to four hours. */
const MADE = new Date(Date.now() - 3.5 * 3_600_000).toISOString()
const SINCE = new Date(Date.now() - 55 * 60_000).toISOString()

const COLUMNS = [
  'user',
  'password_enabled',
  'password_last_used',
  ...[1, 2].flatMap(nth =>
    ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
      column => `access_key_${nth}_${column}`,
    ),
  ),
  'cert_1_active',
  'cert_1_last_rotated',
]

/** The answer of each listing for the user `dormant`, who has nothing in the report. */
const LISTED: { [action: string]: string } = {
  ListAccessKeys: `<AccessKeyMetadata><member><AccessKeyId>AKIAATTACKER</AccessKeyId><UserName>dormant</UserName><Status>Active</Status><CreateDate>${SINCE}</CreateDate></member></AccessKeyMetadata>`,
  ListSigningCertificates: `<Certificates><member><CertificateId>CERTATTACKER</CertificateId><UserName>dormant</UserName><Status>Active</Status><UploadDate>${SINCE}</UploadDate><CertificateBody>x</CertificateBody></member></Certificates>`,
  ListSSHPublicKeys: `<SSHPublicKeys><member><SSHPublicKeyId>APKAATTACKER</SSHPublicKeyId><UserName>dormant</UserName><Status>Active</Status><UploadDate>${SINCE}</UploadDate></member></SSHPublicKeys>`,
  ListServiceSpecificCredentials: `<ServiceSpecificCredentials><member><ServiceSpecificCredentialId>ACCAATTACKER</ServiceSpecificCredentialId><UserName>dormant</UserName><Status>Active</Status><CreateDate>${SINCE}</CreateDate><ServiceName>bedrock.amazonaws.com</ServiceName></member></ServiceSpecificCredentials>`,
}

let iam: ScriptedIam
let session: Session
let root: { [column: string]: string }
let summary: { [entry: string]: number }

beforeEach(async () => {
  root = {}
  summary = {}
  iam = await new ScriptedIam().start()
  iam.script = ({ action }, response) => {
    if (action === 'GetCallerIdentity') {
      const arn = `arn:aws:sts::${ACCOUNT}:assumed-role/responder/x`
      answer(response, `<Arn>${arn}</Arn><UserId>AROAX:x</UserId><Account>${ACCOUNT}</Account>`, action)
    } else if (action === 'GetAccountAuthorizationDetails') {
      answer(
        response,
        '<UserDetailList><member><UserName>dormant</UserName><UserId>AIDAX</UserId><Path>/</Path><CreateDate>2019-01-01T00:00:00Z</CreateDate></member></UserDetailList>',
        action,
      )
    } else if (action === 'GenerateCredentialReport') answer(response, '<State>COMPLETE</State>', action)
    else if (action === 'GetCredentialReport') {
      const lines = [
        { user: '<root_account>', ...root },
        { user: 'dormant', password_enabled: 'true' },
      ]
      const cells = lines.map((line: { [column: string]: string }) =>
        COLUMNS.map(column => line[column] ?? (column.endsWith('_active') ? 'false' : 'N/A')).join(','),
      )
      const text = Buffer.from([COLUMNS.join(','), ...cells].join('\n')).toString('base64')
      answer(response, `<Content>${text}</Content><GeneratedTime>${MADE}</GeneratedTime>`, action)
    } else if (action === 'GetAccountSummary') {
      const entries = Object.entries(summary).map(
        ([key, value]) => `<entry><key>${key}</key><value>${value}</value></entry>`,
      )
      answer(response, `<SummaryMap>${entries.join('')}</SummaryMap>`, action)
    } else answer(response, LISTED[action] ?? '', action)
  }
})

afterEach(async () => {
  await session.close()
  await iam.stop()
})

async function list(...kinds: string[]): Promise<Identity[]> {
  const { sessions } = await aws.connect({
    timing: REAL,
    scope: {},
    lab: { endpoint: iam.endpoint, credentials: { accessKeyId: 'AKIAX', secretAccessKey: 'y' } },
  })
  session = sessions[0]!
  const found: Identity[] = []
  for await (const identity of session.inventory({ kinds })) found.push(identity)
  return found
}

const messages = () => session.warnings.map(({ message }) => message)

describe('a credential report of three and a half hours ago', () => {
  it.each([
    ['access-key', 'AKIAATTACKER'],
    ['signing-certificate', 'CERTATTACKER'],
    ['ssh-key', 'APKAATTACKER'],
    ['service-credential', 'ACCAATTACKER'],
  ])('lists the %s that a user without one got since', async (kind, name) => {
    const found = await list('user', kind)
    expect(found.find(each => each.kind === kind)).toMatchObject({ name, facts: { user: 'dormant' } })
    expect(found.find(each => each.kind === kind)?.facts).not.toHaveProperty('neverUsed')
  })

  it('shows a new key on its user, who has keys and a password now', async () => {
    const [user] = await list('user')
    expect(user?.facts.keys).toEqual(['AKIAATTACKER'])
  })

  it('warns that uses since are not known, and not that a key is missing', async () => {
    await list('access-key')
    expect(messages()).toEqual([expect.stringMatching(/is of .*keys are listed as they are now/)])
  })

  it('is not asked for kinds of which it says nothing', async () => {
    await list('signing-certificate', 'ssh-key')
    expect(iam.received.map(({ action }) => action)).not.toContain('GetCredentialReport')
  })
})

describe('the root user', () => {
  it('warns of its active access key when the report shows one', async () => {
    Object.assign(root, {
      access_key_1_active: 'true',
      access_key_1_last_rotated: '2011-08-19T00:00:00+00:00',
      access_key_1_last_used_date: MADE,
      access_key_1_last_used_service: 'iam',
      access_key_1_last_used_region: 'us-east-1',
    })
    summary = { AccountAccessKeysPresent: 1 }
    await list('user')
    const told = messages().filter(message => message.includes('ROOT USER'))
    expect(told).toEqual([
      expect.stringMatching(
        /active access key \(made 2011-08-19.*last used .* with iam in us-east-1\).*sign in as root/,
      ),
    ])
  })

  it('warns of its signing certificate when the report shows an active one', async () => {
    Object.assign(root, { cert_1_active: 'true', cert_1_last_rotated: '2011-08-19T00:00:00+00:00' })
    await list('user')
    expect(messages()).toContainEqual(expect.stringContaining('an active signing certificate'))
  })

  it.each([
    ['AccountAccessKeysPresent', 'an access key'],
    ['AccountSigningCertificatesPresent', 'a signing certificate'],
  ])('warns when the account summary has %s and no report is read', async (entry, what) => {
    summary = { [entry]: 1 }
    await list('role')
    expect(messages()).toEqual([expect.stringContaining(`ROOT USER of ${ACCOUNT} has ${what}`)])
  })

  it('does not warn when its key is inactive', async () => {
    Object.assign(root, {
      access_key_1_active: 'false',
      access_key_1_last_rotated: '2011-08-19T00:00:00+00:00',
    })
    await list('user')
    expect(messages().filter(message => message.includes('ROOT'))).toEqual([])
  })
})
