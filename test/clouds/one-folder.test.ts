import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { clouds } from '../../src/clouds/index.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = globSync('src/**/*.ts', { cwd: root })
  .map(file => file.replaceAll('\\', '/'))
  .sort()
const codeOf = (file: string) =>
  readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')

const names = clouds.map(({ cloud }) => cloud)
const ownFolder = new RegExp(`^src/(?:clouds|lab)/(?:${names.join('|')})/`)

/** A cloud, its company, the packages of its SDK and its services. */
const WORDS =
  /\b(?:aws|amazon\w*|gcp|google\w*|azure\w*|entra|microsoft\w*|smithy|cloudtrail|guardduty|securityhub|eventbridge|sqs|sns|secretsmanager|pubsub|secretmanager|azqueue|keyvault|msgraph)\b/i

/** Files outside the clouds' folders that name one, each with the reason. Nothing else may; a file that no longer does is removed. */
const ALLOWED: Readonly<Record<string, string>> = {}

describe('what a cloud touches outside its folder', () => {
  test('no file names a cloud, a company, an SDK or a service, except those with a reason', () => {
    const naming = sources.filter(
      file => !ownFolder.test(file) && !file.startsWith('src/lab/') && WORDS.test(codeOf(file)),
    )
    expect(naming).toEqual(Object.keys(ALLOWED).sort())
  })

  test("a cloud's folder is imported through its cloud.ts only", () => {
    const wrong = sources.flatMap(file => {
      const text = codeOf(file)
      return [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)['"](\.[^'"]+)['"]/gm)]
        .map(([, name = '']) => relative(root, join(root, dirname(file), name)).replaceAll('\\', '/'))
        .filter(target => {
          const [, cloud] = /^src\/clouds\/([^/]+)\//.exec(target) ?? []
          if (cloud === undefined || !names.includes(cloud)) return false
          if (file.startsWith(`src/clouds/${cloud}/`)) return false
          return target !== `src/clouds/${cloud}/cloud.ts`
        })
        .map(target => `${file} imports ${target}`)
    })
    expect(wrong).toEqual([])
  })

  test('the list names each cloud once, and its descriptor alone', () => {
    const list = codeOf('src/clouds/index.ts')
    for (const name of names) {
      expect(list.match(new RegExp(`\\./${name}/`, 'g')), name).toHaveLength(1)
      expect(list).toContain(`'./${name}/cloud.ts'`)
    }
  })
})

describe('a descriptor says what its cloud has', () => {
  test.each(clouds.map(each => [each.cloud, each] as const))('%s', async (cloud, entry) => {
    const [provider, records] = await Promise.all([entry.load(), entry.records?.()])
    expect(provider.cloud).toBe(cloud)
    expect(provider.title).toBe(entry.title)
    expect(records?.cloud).toBe(cloud)
    expect(Object.keys(records?.queues ?? {})).toEqual((entry.queues ?? []).map(({ scheme }) => scheme))
    const schemes = (provider.sinks ?? []).map(({ scheme }) => scheme)
    expect((entry.destinations ?? []).map(each => each.split(':')[0])).toEqual(schemes)
  })

  test('names its flags, queues and destinations once among all clouds', () => {
    const said = [
      clouds.flatMap(({ scope }) => (scope?.flags ?? []).map(({ flag }) => flag)),
      clouds.flatMap(({ queues = [] }) => queues.map(({ scheme }) => scheme)),
      clouds.flatMap(({ destinations = [] }) => destinations.map(each => each.split(':')[0])),
    ]
    for (const each of said) expect(new Set(each).size).toBe(each.length)
  })
})
