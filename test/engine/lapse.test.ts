import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { secretOf } from '../../src/lab/aws/seed/ids.ts'
import type { Lab } from '../../src/lab/index.ts'
import { type Program, programInLab } from '../commands/program.ts'

const LONG = 300_000
const KEY = 'AKIAIOSFODNN7EXAMPLE'
const HOUR = 3600

let interdict: Program & { lab: Lab }
beforeEach(async () => {
  interdict = await programInLab()
}, LONG)
afterEach(() => interdict.close())

/** A playbook for a precaution: the user, for an hour. */
function playbook(
  interrupt: string,
  more = 'severity: medium',
  select = 'identity.kind == "user" && identity.name == "ci-deploy"',
): string {
  const file = join(interdict.folder, 'pause.yaml')
  writeFileSync(
    file,
    `version: 1
name: pause
title: Pause
status: test
${more}
scope: { aws: { accounts: [self], regions: [eu-west-1] }, gcp: { projects: [acme-prod] } }
limit: { identities: 5, share: 1 }
ttl: 1h
onExpiry: lapse
steps:
  - name: the user
    select: ${select}
    interrupt: [${interrupt}]
`,
  )
  return file
}

interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

const SECOND = 'AKIAOKMQ3PEP45SJHK7O'
const OTHER: Credentials = { accessKeyId: SECOND, secretAccessKey: secretOf(SECOND) }
const LONG_TERM: Credentials = { accessKeyId: KEY, secretAccessKey: secretOf(KEY) }

const at = (credentials: Credentials) => ({
  region: 'eu-west-1',
  endpoint: interdict.lab.endpoint,
  credentials,
  maxAttempts: 1,
})

/** Whether a call of the user is let in. */
async function gets(credentials: Credentials): Promise<boolean> {
  const secrets = new SecretsManagerClient(at(credentials))
  try {
    await secrets.send(new GetSecretValueCommand({ SecretId: 'prod/payments/stripe' }))
    return true
  } catch (error) {
    expect((error as Error).name).toMatch(/AccessDenied/)
    return false
  } finally {
    secrets.destroy()
  }
}

async function session(): Promise<Credentials> {
  const sts = new STSClient(at(LONG_TERM))
  try {
    const { Credentials: made } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: 36 * HOUR }))
    return {
      accessKeyId: made?.AccessKeyId ?? '',
      secretAccessKey: made?.SecretAccessKey ?? '',
      ...(made?.SessionToken === undefined ? {} : { sessionToken: made.SessionToken }),
    }
  } finally {
    sts.destroy()
  }
}

const contain = (file: string, ...flags: string[]) =>
  interdict.json('contain', file, '--lab', '--yes', '--reason', 'a precaution', ...flags)

it(
  'a stop that lapses ends in the cloud, sessions from before stay denied until they expire, and tidy removes it',
  async () => {
    const before = await session()
    expect([await gets(LONG_TERM), await gets(before)]).toEqual([true, true])
    const contained = await contain(playbook('quarantine, revoke-sessions'))
    expect(contained).toMatchObject({ exit: 0, data: { status: 'complete' } })
    const { run } = contained.data
    expect([await gets(LONG_TERM), await gets(before)]).toEqual([false, false])
    const ends = contained.data.changes[0].planned?.ends ?? (await interdict.json('status', run)).data.due
    expect((await interdict.json('verify', run, '--lab')).data).toMatchObject({
      status: 'complete',
      proven: 2,
    })

    // Half the time: nothing changes by itself.
    interdict.lab.clock.advance(HOUR / 2)
    expect(await gets(LONG_TERM)).toBe(false)
    expect((await interdict.json('extend', run, '--by', '1h', '--reason', 'x')).exit).toBe(3)

    interdict.lab.clock.advance(HOUR / 2 + 1)
    expect(Date.parse(ends)).toBeLessThanOrEqual(Date.parse(interdict.lab.clock.now()))
    expect([await gets(LONG_TERM), await gets(before)]).toEqual([true, false])
    expect(await gets(await session())).toBe(true)
    const verified = await interdict.json('verify', run, '--lab')
    expect(verified).toMatchObject({
      exit: 0,
      data: { status: 'lapsed', proven: 0, lapsed: 2, drift: 0, undone: 0 },
    })
    expect((await interdict.run('guard', run, '--lab', '--for', '1s')).exit).toBe(0)
    const early = await interdict.json('tidy', run, '--lab', '--yes')
    expect(early).toMatchObject({ exit: 3, data: { error: { code: 'refused' } } })
    expect(early.data.error.message).toContain('still deny sessions, until')

    interdict.lab.clock.advance(36 * HOUR)
    const tidied = await interdict.json('tidy', run, '--lab', '--yes')
    expect(tidied).toMatchObject({ exit: 0, data: { status: 'complete' } })
    expect((await interdict.json('status', run)).data).toMatchObject({ status: 'restored', holds: 0 })
  },
  LONG,
)

it(
  'a restore before the end gives access back as ever, and other runs do not lean on a stop that ends',
  async () => {
    const first = await contain(playbook('quarantine'))
    expect(first.exit).toBe(0)
    const second = await interdict.json(
      ...['contain', 'leaked-access-key', '--input', `key=${KEY}`, '--lab', '--yes', '--reason', 'leaked'],
    )
    expect(second).toMatchObject({ exit: 0, data: { status: 'complete' } })
    interdict.lab.clock.advance(HOUR + 1)
    expect((await interdict.json('verify', second.data.run, '--lab')).exit).toBe(0)
    expect(await gets(OTHER)).toBe(false)
    const restored = await interdict.json(
      'restore',
      first.data.run,
      '--lab',
      '--yes',
      '--accept-live-tokens',
      '--reason',
      'x',
    )
    expect(restored.exit).toBe(0)
    expect((await interdict.json('status', first.data.run)).data.holds).toBe(0)
  },
  LONG,
)

it.each([
  ['constrain', '{ constrain: { deny: ["secretsmanager:*"] } }'],
  ['gate', '{ gate: { sourceIps: ["203.0.113.0/24"] } }'],
])(
  '%s carries its end, and is proven until then',
  async (_, interrupt) => {
    const contained = await contain(playbook(interrupt))
    expect(contained).toMatchObject({ exit: 0, data: { status: 'complete' } })
    expect(await gets(LONG_TERM)).toBe(false)
    interdict.lab.clock.advance(HOUR + 1)
    expect(await gets(LONG_TERM)).toBe(true)
    expect(await interdict.json('verify', contained.data.run, '--lab')).toMatchObject({
      exit: 0,
      data: { status: 'lapsed' },
    })
  },
  LONG,
)

it.each([
  [
    'a key that is switched off',
    'disable',
    'identity.kind == "access-key" && identity.owner.endsWith("user/ci-deploy")',
  ],
  [
    'an account of Google Cloud',
    'quarantine',
    'identity.kind == "service-account" && identity.name.startsWith("etl-legacy@")',
  ],
])(
  '%s cannot end by itself, and the plan says so',
  async (_, interrupt, select) => {
    const planned = await interdict.json('plan', playbook(interrupt, 'severity: medium', select), '--lab')
    expect(planned.data.changes).toEqual([])
    const because = planned.data.refused.map((each: { because: string }) => each.because)
    expect(because.length).toBeGreaterThan(0)
    for (const each of because) expect(each).toContain('it cannot end by itself (onExpiry: lapse)')
  },
  LONG,
)

it.each([['severity: critical', 'lapse is for precautions: a critical containment']])(
  'a playbook that lapses with %s is refused',
  async (more, message) => {
    const { exit, stderr, stdout } = await interdict.run('playbook', 'validate', playbook('quarantine', more))
    expect(exit).toBe(2)
    expect(stdout + stderr).toContain(message)
  },
)
