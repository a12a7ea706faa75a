import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogOf, providersOf } from '../../src/toolkit/clouds.ts'
import { checkConfig, parseConfig } from '../../src/toolkit/config/document.ts'
import { looksSecret } from '../../src/toolkit/config/secrets.ts'

const FILE = 'interdict.yaml'
const problems = (text: string, kinds?: Parameters<typeof checkConfig>[2]) =>
  checkConfig(text, FILE, kinds).problems.map(({ line, column, message, suggestion }) => [
    line,
    column,
    `${message}${suggestion === undefined ? '' : `; ${suggestion}`}`,
  ])

describe('interdict.yaml', () => {
  it('names every unknown key with its line, its column and the one that was probably meant', () => {
    const text = 'version: 1\nprotetc: [a]\nscope:\n  aws: { rolle: x }\nprofiles:\n  prod: { sate: /x }\n'
    expect(problems(text)).toEqual([
      [2, 1, "there is no 'protetc' here; did you mean 'protect'?"],
      [4, 10, "there is no 'rolle' here; did you mean 'role'?"],
      [6, 11, "there is no 'sate' here; did you mean 'state'?"],
    ])
  })

  it('reports the wrong shape of each value', () => {
    const text =
      'version: 2\nceilings: { identities: 0, share: 2 }\nscope: { aws: { account: ["12"] } }\nplaybooks: { a: { ttl: 1s } }\n'
    expect(problems(text).map(([line]) => line)).toEqual([1, 2, 2, 3, 4])
  })

  it('refuses a URL as the folder of the runs', () => {
    expect(problems('version: 1\nstate: s3://bucket/prefix\n')).toEqual([
      [2, 8, "'state' has to be a folder of this machine, and is a URL"],
    ])
  })

  it('refuses a name that is an expression, and says how to write it', () => {
    const text = 'version: 1\nprotect:\n  - identity.name == "x"\n'
    expect(problems(text)).toEqual([
      [3, 5, `this is an expression, and a name is expected; write it as { when: 'identity.name == "x"' }`],
    ])
  })

  it('checks expressions against the kinds of all clouds when they are known', async () => {
    const { kinds } = catalogOf(await providersOf())
    const text = 'version: 1\nprotect:\n  - when: identity.nmae == "x"\n'
    const [[line, column, message] = []] = problems(text, kinds)
    expect([line, column]).toEqual([3, 20])
    expect(message).toContain("did you mean 'name'?")
    expect(problems('version: 1\nprotect:\n  - when: identity.name == "x"\n', kinds)).toEqual([])
  })

  it('throws a fault that has every error with its place', () => {
    expect(() => parseConfig('version: 1\nstat: x\nnotify: [3]\n', FILE)).toThrow(
      /there is no 'stat' here; interdict\.yaml:3:10: 'notify' has to be one of/,
    )
  })
})

it('is right as docs/configuration.md shows it', async () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)
  expect(blocks.length).toBe(2)
  const { kinds } = catalogOf(await providersOf())
  for (const text of blocks) {
    const whole = text.includes('version:') ? text : `version: 1\n${text}`
    expect(problems(whole, kinds)).toEqual([])
  }
})

describe('a value that looks like a secret', () => {
  const SECRETS = [
    'xoxb-123456789012-abcdefghij',
    'https://hooks.slack.com/services/T000/B000/XXXX',
    'https://user:hunter2@example.com/',
    'ghp_0123456789abcdefghijABCDEFGHIJ012345',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc',
    'https://example.com/hook?token=0123456789abcdef',
    '-----BEGIN RSA PRIVATE KEY-----',
    'abc8Q~abcdefghijklmnopqrstuvwxyz01234567',
  ]

  it.each(SECRETS)('is refused where it stands, and is not repeated: %s', secret => {
    const quoted = JSON.stringify(secret)
    for (const [text, place] of [
      [`version: 1\nnotify: [ { slack: ${quoted} } ]\n`, [2, 20]],
      [`version: 1\nplaybooks: { a: { inputs: { b: [ ${quoted} ] } } }\n`, [2, 34]],
      [`version: 1\nunknown: ${quoted}\n`, [2, 10]],
    ] as const) {
      const found = checkConfig(text, FILE).problems
      const about = found.filter(({ message }) => message.includes('looks like a secret'))
      expect(about.map(({ line, column }) => [line, column])).toEqual([place])
      expect(JSON.stringify(found)).not.toContain(secret.slice(0, 20))
    }
  })

  it.each([
    'AKIAIOSFODNN7EXAMPLE',
    'arn:aws:iam::111122223333:role/interdict-responder',
    'projects/acme-shop/serviceAccounts/ci-deploy@acme-shop.iam.gserviceaccount.com',
    '6f2e0c0a-53b4-4a37-9d4e-0a7a3d6c2f10',
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'https://soc.example/hook',
    'identity.tags.exists(k, k == "tier-0") && identity.name.startsWith("prod-")',
    'AWSReservedSSO_AdministratorAccess_0123456789abcdef',
  ])('is none: %s', text => {
    expect(looksSecret(text, undefined)).toBe(false)
  })

  it('is taken for one by the name of its member, unless that says where it stands', () => {
    expect(looksSecret('hush', 'client_secret')).toBe(true)
    expect(
      problems('version: 1\nnotify: [ { webhook: { env: HOOK }, secret: { env: MY_TOKEN } } ]\n'),
    ).toEqual([])
  })
})
