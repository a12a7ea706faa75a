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
const ALLOWED: Readonly<Record<string, string>> = {
  'src/cli/flags.ts': '--impersonate-service-account takes what gcloud takes; --tenant of records',
  'src/cli/lab-propagation.ts': 'an example to paste',
  'src/cli/restore-flags.ts': 'a flag that takes logs, by their names',
  'src/clouds/index.ts': 'the list',
  'src/commands/approve.ts': 'examples of a help text',
  'src/commands/catalog.ts': 'examples of a help text',
  'src/commands/doctor.ts': 'a flag that one cloud has',
  'src/commands/drill.ts': 'flags of the rehearsal, which has one estate in each cloud',
  'src/commands/lab/start.ts': 'examples of a help text',
  'src/commands/permissions.ts': 'examples of a help text; --principal takes an ARN',
  'src/commands/playbook/explain.ts': 'examples of a help text',
  'src/commands/restore.ts': 'examples of a help text',
  'src/commands/rotate.ts': 'examples of a help text',
  'src/commands/watch.ts': 'examples of a help text; records that do not name their tenant',
  'src/drill/case-end.ts': 'the cases are of these clouds',
  'src/drill/case-gate.ts': 'the cases are of these clouds',
  'src/drill/cases.ts': 'the cases are of these clouds',
  'src/drill/organization-guard.ts': 'the cases are of these clouds',
  'src/egress/proxy.ts': 'metadata services, which are never reached through a proxy',
  'src/gate/install/starter.ts': 'the name of a tool of a harness',
  'src/gate/open-channel.ts': 'names of command-line programs',
  'src/gate/policy-file.ts': 'an example of an id in a message',
  'src/model/playbook/schema.ts': 'an example of a scope in a message',
  'src/model/run/former-settings.ts': 'the words of older journals',
  'src/program/main.ts': 'the name of its maker in the kernel of a Linux inside Windows',
  'src/program/node-environment.ts': 'variables by which SDKs print what they send',
  'src/store/objects/conditions.ts': 'a message that names services which honour conditions',
  'src/toolkit/guard-policies.ts': 'a message about the one cloud that has guard policies',
  'src/toolkit/results/configuration.ts': 'examples in the descriptions of a result',
  'src/toolkit/results/doctor.ts': 'examples in the descriptions of a result',
  'src/toolkit/results/drill.ts': 'examples in the descriptions of a result',
  'src/toolkit/results/identity.ts': 'examples in the descriptions of a result',
  'src/toolkit/results/signal.ts': 'examples in the descriptions of a result',
  'src/toolkit/results/values.ts': 'examples in the descriptions of a result',
  'src/toolkit/watch/source-formats.ts': 'a message about the one queue that has bare records',
  'src/toolkit/watch/sources.ts': 'an example to paste',
  'src/ui/fight.ts': 'what a rehearsal shows of one cloud',
}

describe('what a cloud touches outside its folder', () => {
  test('no file names a cloud, a company, an SDK or a service, except those with a reason', () => {
    const naming = sources.filter(
      file =>
        !ownFolder.test(file) &&
        !file.startsWith('src/lab/') &&
        WORDS.test(codeOf(file).replaceAll('google.protobuf', '')),
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
