import { afterEach, expect, test } from 'vitest'
import { seededClouds } from '../../src/lab/clouds.ts'
import { type Lab, type LabOptions, startLab } from '../../src/lab/index.ts'
import { Fault } from '../../src/model/fault.ts'
import { parsePropagation } from '../../src/wiring/lab-propagation.ts'

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
