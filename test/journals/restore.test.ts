import { readFileSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { Fixture, fixtureNames } from './fixture.ts'
import { type Later, liveOn } from './later-commands.ts'

// Several commands each, on a machine that may have other work.
vi.setConfig({ testTimeout: 300_000 })

/** The endpoint of a live run is not there any more. */
const LEFT_OUT = ['1/live']

const names = fixtureNames().filter(name => !LEFT_OUT.includes(name))

it.each(names)(
  'the runs of %s are verified, resumed and restored, and the clouds are as before',
  async name => {
    const at = await Fixture.open(name)
    try {
      const { later } = JSON.parse(readFileSync(at.recorded('expected.json'), 'utf8')) as { later: Later }
      expect(await liveOn(at)).toEqual(later)
    } finally {
      await at.close()
    }
  },
)
