import { expect, test } from 'vitest'
import { nothingToContain } from '../../src/engine/index.ts'

const target = { kind: 'lab', at: 'lab-1' } as const
const unlisted = [
  { cloud: 'gcp', account: 'acme-prod', kinds: ['service-account'], because: 'list is denied' },
]

test('a plan without changes is not known to have nothing to do when a listing was refused', () => {
  const fault = nothingToContain({ target, spared: [], refused: [], unlisted })
  expect(fault).toMatchObject({ code: 'unavailable', where: 'gcp acme-prod' })
  expect(fault.message).toContain('list is denied')
})

test('a plan without changes has nothing to do when everything was listed', () => {
  expect(nothingToContain({ target, spared: [], refused: [] })).toMatchObject({ code: 'refused' })
})

test('a missing target is named when everything was listed', () => {
  const fault = nothingToContain({ target, spared: [], refused: [], missing: [{ name: 'AKIA1' }] })
  expect(fault).toMatchObject({ code: 'refused', message: expect.stringContaining('AKIA1') })
})

test.each([
  ['lab', { kind: 'lab', at: 'lab-1' } as const, 'interdict inventory --lab shows'],
  ['clouds', { kind: 'live', at: 'live' } as const, 'interdict inventory shows'],
])('the next step of a plan without changes works in the %s', (_, where, command) => {
  expect(nothingToContain({ target: where, spared: [], refused: [] }).next).toContain(command)
})
