import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Fixture, FORMATS } from './fixture.ts'
import { gateDecision, gatePins, gateRecord } from './today.ts'

describe.each(FORMATS)('the files of a gate beside journals of format %s', format => {
  let at: Fixture
  beforeEach(async () => {
    at = await Fixture.open(`${format}/gated`, 'private')
  })
  afterEach(() => at.close())

  const DECISIONS = [
    'claude Read allow policy',
    'refunds Bash deny policy',
    'refunds Write deny policy',
    'refunds Bash allow policy',
    'refunds Read deny held',
    'mcp test/echo allow policy',
    'mcp test/turn allow policy',
    'mcp test/echo deny pin',
  ]

  it('the recorded decisions of a gate are whole', async () => {
    expect(await gateRecord(at.folders)).toEqual({ decisions: DECISIONS, flaws: [] })
  })

  it('the recorded decisions of a gate are refused when one byte of them changes', async () => {
    at.damage('state', 'gate', 'decisions.jsonl')
    expect((await gateRecord(at.folders)).flaws).toHaveLength(1)
  })

  it('the recorded decisions of a gate are refused when the last of them is cut off', async () => {
    at.cut('state/gate/decisions.jsonl')
    expect((await gateRecord(at.folders)).flaws).toHaveLength(1)
  })

  it('a gate continues the recorded decisions by the recorded policy and journals', async () => {
    expect(await gateDecision(at.folders, 'claude', 'Read')).toBe('allow policy')
    expect(await gateDecision(at.folders, 'refunds', 'Read')).toBe('deny held')
    expect(await gateRecord(at.folders)).toEqual({
      decisions: [...DECISIONS, 'claude Read allow policy', 'refunds Read deny held'],
      flaws: [],
    })
  })

  it('the recorded pins of a server show which definition has changed', async () => {
    expect(await gatePins(at.folders, 'test')).toEqual({
      'test/echo': true,
      'test/grow': false,
      'test/turn': false,
    })
  })

  it('the recorded pins of a server count for nothing on a machine with another key', async () => {
    const other = await Fixture.open(`${format}/gated`)
    try {
      expect(await gatePins(other.folders, 'test')).toEqual({})
    } finally {
      await other.close()
    }
  })
})
