import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aws } from '../../../src/clouds/aws/provider.ts'
import { seedEstate } from '../../../src/lab/aws/seed/index.ts'
import type { Json } from '../../../src/model/json.ts'
import { REAL } from '../../../src/model/timing.ts'
import { type LabOfAws, startAwsLab } from '../../aws-lab.ts'
import { answer, ScriptedIam } from './scripted-iam.ts'

const ACCOUNT = '111122223333'
const VENDOR = '998877665544'
const saved = { ...process.env }
let lab: LabOfAws
let folder: string

beforeEach(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  folder = await mkdtemp(join(tmpdir(), 'interdict-connect-'))
  // Never the profiles of whoever runs this.
  process.env.AWS_CONFIG_FILE = join(folder, 'config')
  process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, 'credentials')
  process.env.AWS_EC2_METADATA_DISABLED = 'true'
  lab = await startAwsLab({ estate: () => seedEstate(new Date().toISOString()), propagationMs: 0 })
})

afterEach(async () => {
  process.env = { ...saved }
  await lab.close()
  await rm(folder, { recursive: true })
})

const inLab = (scope: Json) =>
  aws.connect({ timing: REAL, scope, lab: { endpoint: lab.endpoint, credentials: { ...lab.responder } } })

function userOf(name: string) {
  const user = lab.estate().accounts[0]?.users.find(each => each.name === name)
  const key = user?.accessKeys[0]
  if (!user || !key) throw new Error(`no key of ${name}`)
  return { uid: user.id, key: { accessKeyId: key.id, secretAccessKey: key.secret } }
}

const roleId = (name: string) => lab.estate().accounts[0]?.roles.find(each => each.name === name)?.id

describe('in the lab', () => {
  it('we are who the lab says, by the id that no path hides, whatever the environment says', async () => {
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'AKIAWRONG',
      AWS_SECRET_ACCESS_KEY: 'wrong',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_PROFILE: 'nobody',
      AWS_REGION: 'xx-nowhere-1',
    })
    const { sessions, unreached } = await inLab({})
    expect(unreached).toEqual([])
    expect(sessions).toMatchObject([
      {
        account: ACCOUNT,
        endpoint: lab.endpoint,
        caller: { uids: [roleId('incident-responder')] },
        warnings: [],
      },
    ])
    await sessions[0]?.close()
  })

  it('an account that cannot be entered leaves the others', async () => {
    const { sessions, unreached } = await inLab({
      accounts: ['self', VENDOR, ACCOUNT, 'organization'],
      role: 'no-such-role',
    })
    expect(sessions.map(({ account }) => account)).toEqual([ACCOUNT])
    expect(unreached).toMatchObject([
      { account: 'organization', fault: { code: 'denied' } },
      {
        account: VENDOR,
        fault: { code: 'not-authenticated', next: expect.stringContaining('trust policy') },
      },
    ])
    await sessions[0]?.close()
  })

  it('another account without a role to assume is not entered, and it is said what to name', async () => {
    const { sessions, unreached } = await inLab({ accounts: [VENDOR] })
    expect(sessions).toEqual([])
    expect(unreached).toMatchObject([
      { account: VENDOR, fault: { code: 'not-authenticated', where: 'scope.aws.role' } },
    ])
  })

  it.each([
    { accounts: [] },
    { accounts: ['123'] },
    { role: 'a b' },
    { regions: ['eu west'] },
    { account: ['self'] },
    [],
    null,
  ])('a scope of %j is a fault of the playbook', async scope => {
    await expect(inLab(scope as Json)).rejects.toMatchObject({ code: 'invalid-playbook', where: 'scope.aws' })
  })

  it('wrong credentials are not-authenticated', async () => {
    const credentials = { accessKeyId: 'AKIAWRONG', secretAccessKey: 'wrong' }
    const { sessions, unreached } = await aws.connect({
      timing: REAL,
      scope: {},
      lab: { endpoint: lab.endpoint, credentials },
    })
    expect(sessions).toEqual([])
    expect(unreached).toMatchObject([{ account: 'self', fault: { code: 'not-authenticated' } }])
  })

  it('our own keys are ours as a user', async () => {
    const { uid, key } = userOf('terraform')
    const { sessions } = await aws.connect({
      timing: REAL,
      scope: {},
      lab: { endpoint: lab.endpoint, credentials: key },
    })
    const [session] = sessions
    expect(session?.caller.uids).toEqual([uid])
    const spared: string[] = []
    for await (const identity of session!.inventory({ kinds: ['user', 'access-key'] })) {
      if (session?.spares(identity)) spared.push(identity.id)
    }
    expect(spared.sort()).toEqual([
      `aws:${ACCOUNT}:access-key/${key.accessKeyId}`,
      `aws:${ACCOUNT}:user/terraform`,
    ])
    await session?.close()
  })
})

describe('with the environment', () => {
  it('keys and the endpoint are taken, and it is told where the calls go', async () => {
    const { uid, key } = userOf('terraform')
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      AWS_ENDPOINT_URL: lab.endpoint,
    })
    const { sessions } = await aws.connect({ timing: REAL, scope: {} })
    expect(sessions).toMatchObject([{ endpoint: lab.endpoint, caller: { uids: [uid] } }])
    await sessions[0]?.close()
  })

  it('the profile, its region and the user that it came through count', async () => {
    const { uid, key } = userOf('terraform')
    await writeFile(
      join(folder, 'config'),
      [
        '[profile responder]',
        `role_arn = arn:aws:iam::${ACCOUNT}:role/security/incident-responder`,
        'source_profile = base',
        'region = eu-west-1',
        '[profile base]',
        `aws_access_key_id = ${key.accessKeyId}`,
        `aws_secret_access_key = ${key.secretAccessKey}`,
      ].join('\n'),
    )
    process.env.AWS_PROFILE = 'responder'
    process.env.AWS_ENDPOINT_URL = lab.endpoint
    const { sessions, unreached } = await aws.connect({ timing: REAL, scope: {} })
    expect(unreached).toEqual([])
    expect(sessions[0]?.caller.uids).toEqual([roleId('incident-responder'), uid])
    const found: string[] = []
    for await (const { id } of sessions[0]!.inventory({ kinds: ['instance-profile-association'] })) {
      found.push(id)
    }
    expect(found.length).toBeGreaterThan(0)
    await sessions[0]?.close()
  })

  it('a source profile that cannot be asked who it is is among the warnings', async () => {
    const { uid, key } = userOf('terraform')
    await writeFile(
      join(folder, 'config'),
      [
        '[profile responder]',
        `role_arn = arn:aws:iam::${ACCOUNT}:role/security/incident-responder`,
        'source_profile = base',
        'region = eu-west-1',
        '[profile base]',
        `aws_access_key_id = ${key.accessKeyId}`,
        `aws_secret_access_key = ${key.secretAccessKey}`,
      ].join('\n'),
    )
    process.env.AWS_PROFILE = 'responder'
    process.env.AWS_ENDPOINT_URL = lab.endpoint
    lab.faults.add({
      operation: 'GetCallerIdentity',
      trouble: { kind: 'error', code: 'AccessDenied', status: 403 },
      caller: key.accessKeyId,
      times: 0,
    })
    const { sessions } = await aws.connect({ timing: REAL, scope: {} })
    expect(sessions[0]?.caller.uids).not.toContain(uid)
    expect(sessions[0]?.warnings).toEqual([
      {
        message: expect.stringMatching(
          /who profile base is, .* is not known \(.*\): its user or role .* are not kept/,
        ),
        refuse: false,
      },
    ])
    await sessions[0]?.close()
  })

  it('nothing to sign in with is not-authenticated, with what to do', async () => {
    const { unreached } = await aws.connect({ timing: REAL, scope: {} })
    expect(unreached).toMatchObject([
      { account: 'self', fault: { code: 'not-authenticated', next: expect.stringContaining('sign in') } },
    ])
  })
})

describe('callers who must not contain', () => {
  it.each([
    ['root', `arn:aws:iam::${ACCOUNT}:root`, ACCOUNT],
    ['federated', `arn:aws:sts::${ACCOUNT}:federated-user/x`, `${ACCOUNT}:x`],
  ])('%s', async (_, arn, id) => {
    const sts = await new ScriptedIam().start()
    sts.script = ({ action }, response) =>
      answer(response, `<Arn>${arn}</Arn><UserId>${id}</UserId><Account>${ACCOUNT}</Account>`, action)
    try {
      const { sessions } = await aws.connect({
        timing: REAL,
        scope: {},
        lab: { endpoint: sts.endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } },
      })
      expect(sessions).toMatchObject([{ account: ACCOUNT, warnings: [{ refuse: true }] }])
      await sessions[0]?.close()
    } finally {
      await sts.stop()
    }
  })

  it('whoever an endpoint does not name', async () => {
    const sts = await new ScriptedIam().start()
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
    try {
      const { sessions, unreached } = await aws.connect({
        timing: REAL,
        scope: {},
        lab: { endpoint: sts.endpoint, credentials },
      })
      expect(sessions).toEqual([])
      expect(unreached).toMatchObject([{ account: 'self', fault: { code: 'wrong-target' } }])
    } finally {
      await sts.stop()
    }
  })
})
