import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { clouds } from '../../src/clouds/index.ts'
import type { Interruption } from '../../src/model/interruption.ts'

/** Functions that make a lens of a switch, by cloud: a file that calls one of these has nothing else in it. */
const SWITCH = /= (credentialDisable|projectSwitch|poolDisable)\(/

/** The most lines of a file that adds a switch. */
const MOST_LINES = 30

const folderOf = (cloud: string) =>
  fileURLToPath(new URL(`../../src/clouds/${cloud}/interruptions/`, import.meta.url))

const filesOf = (cloud: string) => readdirSync(folderOf(cloud)).filter(name => name !== 'index.ts')

const textOf = (cloud: string, name: string) => readFileSync(`${folderOf(cloud)}${name}`, 'utf8')

describe.each(clouds.map(({ cloud }) => cloud))('%s/interruptions', cloud => {
  it('holds interruptions alone, each in the list of the cloud', async () => {
    const { interruptions } = (await clouds.find(each => each.cloud === cloud)?.load()) ?? {
      interruptions: [],
    }
    const listed = new Set(interruptions.map(({ id }) => id))
    const found = new Set<string>()
    for (const name of filesOf(cloud)) {
      const exported: unknown = await import(/* @vite-ignore */ `${folderOf(cloud)}${name}`)
      const lenses = Object.values(exported as object).filter(isLens)
      expect(lenses.length, `${name} exports interruptions and nothing else`).toBe(
        Object.keys(exported as object).length,
      )
      expect(lenses.length, `${name} exports no interruption`).toBeGreaterThan(0)
      for (const { id } of lenses) found.add(id)
    }
    expect([...found].sort()).toEqual([...listed].sort())
  })

  it('takes a line of the list for each, and no more', () => {
    const index = textOf(cloud, 'index.ts')
    const list = /= \[\n([^\]]*)\]/.exec(index)?.[1] ?? ''
    const entries = list.split('\n').map(line => line.trim())
    for (const name of filesOf(cloud)) {
      for (const [, lens = ''] of textOf(cloud, name).matchAll(/^export const (\w+)/gm)) {
        expect(
          entries.filter(entry => entry === `${lens},`),
          `${lens} of ${name}`,
        ).toHaveLength(1)
      }
    }
  })

  it(`adds a switch in ${MOST_LINES} lines or fewer`, () => {
    for (const name of filesOf(cloud)) {
      const text = textOf(cloud, name)
      if (!SWITCH.test(text)) continue
      expect(text.trimEnd().split('\n').length, name).toBeLessThanOrEqual(MOST_LINES)
    }
  })
})

function isLens(value: unknown): value is Interruption {
  return typeof value === 'object' && value !== null && 'cut' in value && 'leaves' in value
}
