import { afterEach, expect, test } from 'vitest'
import { parsePropagation } from '../../src/cli/lab-propagation.ts'
import { seededClouds } from '../../src/lab/clouds.ts'
import { type Lab, type LabOptions, startLab } from '../../src/lab/index.ts'
import { Fault } from '../../src/model/fault.ts'
import { tokenOf } from './gcp/hq.ts'

const open: Lab[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(lab => lab.close()))
})

async function delaysOf(propagationMs: LabOptions['propagationMs']): Promise<unknown> {
  const clouds = await seededClouds()
  const lab = await startLab({ clouds, ...(propagationMs === undefined ? {} : { propagationMs }) })
  open.push(lab)
  const answer = (await (await fetch(`${lab.endpoint}/_lab`)).json()) as { propagationMs: unknown }
  expect(answer.propagationMs).toEqual(lab.propagationMs)
  return lab.propagationMs
}

test('a lab has one propagation delay a cloud, and says which', async () => {
  expect(await delaysOf(undefined)).toEqual({ aws: 1000, gcp: 1000, azure: 1000 })
  expect(await delaysOf(0)).toEqual({ aws: 0, gcp: 0, azure: 0 })
  expect(await delaysOf({ gcp: 120_000, azure: 600_000 })).toEqual({
    aws: 1000,
    gcp: 120_000,
    azure: 600_000,
  })
  await expect(delaysOf({ aws: -1 })).rejects.toThrow(RangeError)
})

const CLOUDS = ['aws', 'gcp', 'azure']

test('--propagation takes one duration for all clouds, or one a cloud', () => {
  expect(parsePropagation('4s', CLOUDS)).toBe(4000)
  expect(parsePropagation('0s', CLOUDS)).toBe(0)
  expect(parsePropagation('aws=4s,gcp=2m,azure=10m', CLOUDS)).toEqual({
    aws: 4000,
    gcp: 120_000,
    azure: 600_000,
  })
})

test.each(['', '4', 'soon', '91m', 'aws=', 'aws=4s,', 'aws=4s=5s', 'aws=4s,aws=5s', 'oracle=1s', 'aws:4s'])(
  '--propagation refuses %j as bad usage, with an example that works',
  text => {
    let thrown: unknown
    try {
      parsePropagation(text, CLOUDS)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(Fault)
    const fault = thrown as Fault
    expect(fault.code).toBe('usage')
    const example = fault.next?.replace('interdict lab start --propagation ', '') ?? ''
    expect(parsePropagation(example, CLOUDS)).toBeTypeOf('object')
  },
)

test('a seeded lab has the quota of the deny API unless it is told otherwise', async () => {
  const reads = async (options: { denyQuota?: boolean }) => {
    const lab = await startLab({ clouds: await seededClouds(['gcp'], options) })
    open.push(lab)
    const { client_email, private_key_id, private_key } = lab.responders['gcp'] as { [name: string]: string }
    const key = { id: private_key_id ?? '', privateKey: private_key ?? '' }
    const authorization = `Bearer ${await tokenOf(lab.endpoint, client_email ?? '', key)}`
    const point = encodeURIComponent('cloudresourcemanager.googleapis.com/projects/acme-prod')
    const read = async () =>
      (await fetch(`${lab.endpoint}/v2/policies/${point}/denypolicies`, { headers: { authorization } }))
        .status
    const statuses: number[] = []
    for (let at = 0; at < 6; at += 1) statuses.push(await read())
    return statuses
  }
  expect(await reads({})).toEqual([200, 200, 200, 200, 200, 429])
  expect(await reads({ denyQuota: false })).toEqual([200, 200, 200, 200, 200, 200])
})
