import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { scopeSchema } from '../../../src/clouds/aws/connect.ts'
import { partitionOf } from '../../../src/clouds/aws/http/sdk.ts'
import { newcomers } from '../../../src/clouds/aws/inventory/newcomers.ts'
import { policyDocument } from '../../../src/clouds/aws/policy.ts'
import { aws } from '../../../src/clouds/aws/provider.ts'
import { answer, fail, ScriptedIam } from './scripted-iam.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

interface SdkPartition {
  id: string
  outputs: { dnsSuffix: string; dualStackDnsSuffix: string }
  regions: { [region: string]: unknown }
}

/** The SDK's own data, which it does not export. */
const DATA = join(
  root,
  'node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js',
)
const { partitionsInfo } = (await import(pathToFileURL(DATA).href)) as {
  partitionsInfo: { partitions: SdkPartition[] }
}
/** Regions in which something runs; `aws-global` and the like are names of endpoints. */
const PLACES = partitionsInfo.partitions.flatMap(({ id, outputs, regions }) =>
  Object.keys(regions)
    .filter(region => !region.endsWith('-global'))
    .map(region => ({ id, region, ...outputs })),
)

/**
 * Partition → region that IAM is signed for ("AWS Identity and Access Management endpoints and quotas", AWS General
 * Reference; the isolated ones by the SDK's endpoint rules).
 */
const IAM_REGION: { [partition: string]: string } = {
  aws: 'us-east-1',
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
  'aws-iso': 'us-iso-east-1',
  'aws-iso-b': 'us-isob-east-1',
  'aws-iso-e': 'eu-isoe-west-1',
  'aws-iso-f': 'us-isof-south-1',
}

let iam: ScriptedIam
beforeEach(async () => {
  iam = await new ScriptedIam().start()
})
afterEach(() => iam.stop())

const signedFor = (at: number) =>
  /\/([\w-]+)\/(?:iam|organizations)\/aws4_request/.exec(iam.received[at]?.headers.authorization ?? '')?.[1]

describe('every region of the SDK', () => {
  it('has a partition of the table', () => {
    expect(partitionsInfo.partitions.map(({ id }) => id).sort()).toEqual(Object.keys(IAM_REGION).sort())
    expect(PLACES.length).toBeGreaterThan(35)
  })

  it.each(PLACES)('signs IAM for the region of its partition: $region', async ({ id, region }) => {
    await iam.client({ partition: id, region }).iam('GetUser', { UserName: 'ci' })
    expect(signedFor(0)).toBe(IAM_REGION[id])
  })

  it.each(PLACES)('is accepted in a scope, and known: $region', async ({ id, region, dnsSuffix }) => {
    expect(scopeSchema.safeParse({ regions: [region] }).success).toBe(true)
    expect(await partitionOf(region)).toMatchObject({ name: id, dnsSuffix })
  })
})

describe.each(Object.keys(IAM_REGION))('in %s', partition => {
  const {
    region = '',
    dnsSuffix = '',
    dualStackDnsSuffix = '',
  } = PLACES.find(({ id }) => id === partition) ?? {}

  it("goes to the partition's own address, which is not a custom endpoint", async () => {
    const { customEndpoint } = await import('../../../src/clouds/aws/http/endpoint.ts')
    const suffixes = [dnsSuffix, dualStackDnsSuffix]
    for (const suffix of suffixes) {
      const request = { hostname: `iam.${region}.${suffix}`, protocol: 'https:' }
      expect(customEndpoint({ request }, suffixes)).toBeUndefined()
    }
    const elsewhere = { request: { hostname: `iam.${dnsSuffix}.example.org`, protocol: 'https:' } }
    expect(customEndpoint(elsewhere, suffixes)).toBe(`https://iam.${dnsSuffix}.example.org`)
  })

  it('asks CloudTrail in the region of IAM for who made a newcomer', async () => {
    const now = new Date().toISOString()
    iam.script = ({ action }, response) =>
      answer(
        response,
        action === 'ListUsers'
          ? `<Users><member><UserName>new</UserName><UserId>AIDAX</UserId><Path>/</Path><CreateDate>${now}</CreateDate></member></Users>`
          : '',
        action,
      )
    const { found } = await newcomers(iam.client({ partition, region }), {
      time: new Date(Date.now() - 60_000).toISOString(),
    })
    expect(found[0]?.ask).toContain(`--region ${IAM_REGION[partition]} `)
  })

  it('denies with the AWSDenyAll of the partition', () => {
    const quarantine = aws.interruptions.find(({ id }) => id === 'aws.user.quarantine')
    const context = {
      run: '7f3k',
      now: new Date().toISOString(),
      identity: { id: '', uid: '', cloud: 'aws', account: '', kind: 'user', name: 'ci', facts: {} },
      params: {},
      exhausted: [],
      seen: { partition },
      strength: 'all' as const,
    }
    const arns = JSON.stringify(quarantine?.cut({}, context)).match(/arn:[\w-]+:iam::aws:policy\/AWSDenyAll/g)
    expect(new Set(arns)).toEqual(new Set([`arn:${partition}:iam::aws:policy/AWSDenyAll`]))
  })

  it('has printed policies with ARNs and service names of the partition', () => {
    const all = aws.interruptions.flatMap(({ permissions: { read, cut, restore } }) => [
      ...read,
      ...cut,
      ...restore,
    ])
    const text = JSON.stringify(policyDocument(all, { name: partition, dnsSuffix }))
    expect(new Set(text.match(/arn:[^:]+/g))).toEqual(new Set([`arn:${partition}`]))
    expect(text).toContain(`"ec2.${dnsSuffix}"`)
    expect(text).not.toMatch(/PARTITION|SUFFIX/)
  })
})

describe('the program', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interdict-partitions-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const interdict = (args: string[], env: NodeJS.ProcessEnv) =>
    new Promise<string>((resolve, reject) => {
      const child = spawn(process.execPath, [join(root, 'bin/run.js'), ...args], {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let text = ''
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', data => (text += data))
      child.once('error', reject)
      child.once('close', () => resolve(text))
    })

  it.each([
    ['us-gov-east-1', 'aws-us-gov'],
    ['eusc-de-east-1', 'aws-eusc'],
  ])('prints policies for the partition of AWS_REGION=%s', async (AWS_REGION, partition) => {
    const text = await interdict(['permissions', 'leaked-access-key', '--json'], { AWS_REGION })
    expect(new Set(text.match(/"arn:[^:]+/g))).toEqual(new Set([`"arn:${partition}`]))
  })

  it.each([
    [{}, 'us-east-1'],
    [{ AWS_REGION: 'us-gov-east-1' }, 'us-gov-east-1'],
  ])('names the region when the keys are unknown there: %j', async (env, region) => {
    iam.script = (_, response) => fail(response, 'InvalidClientTokenId', 403)
    const keys = { AWS_ACCESS_KEY_ID: 'AKIAX', AWS_SECRET_ACCESS_KEY: 'x', AWS_ENDPOINT_URL: iam.endpoint }
    const text = await interdict(['doctor', '--cloud', 'aws', '--json'], { ...keys, ...env })
    expect(text).toContain(`the region was ${region}`)
    expect(text).toContain('AWS_REGION=us-gov-west-1')
  })
})
