import { execFile } from 'node:child_process'
import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { COMPILED } from '../programs/run.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const EXAMPLES = join(ROOT, 'examples')
const FINDING = join(ROOT, 'test/signals/fixtures/guardduty.json')
const KEY = 'AKIAIOSFODNN7EXAMPLE'
const LONG = 300_000

/** What `npm install` puts beside the package, by its shrinkwrap, and what a host in TypeScript has. */
const BESIDE = ['@cedar-policy/cedar-wasm', '@types/node', 'undici-types']

/** A folder in which the packed tarball is installed, with what it depends on and nothing else. */
let folder: string
let tarball: string
const signer = generateKeyPairSync('ed25519')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interdict-package-'))
  const env = { PATH: process.env['PATH'], HOME: folder }
  await writeFile(join(folder, 'key.pem'), signer.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const packing = [join(ROOT, 'scripts/pack.mjs'), folder, '--key', join(folder, 'key.pem')]
  await run(process.execPath, packing, { cwd: ROOT, env })
  tarball = (await readdir(folder)).find(name => name.endsWith('.tgz')) ?? ''
  const modules = join(folder, 'node_modules')
  for (const name of BESIDE) {
    await mkdir(dirname(join(modules, name)), { recursive: true })
    await symlink(join(ROOT, 'node_modules', name), join(modules, name))
  }
  await run('tar', ['-xzf', join(folder, tarball), '-C', modules], { env })
  await rename(join(modules, 'package'), join(modules, 'interdict'))
  for (const name of await readdir(EXAMPLES)) await cp(join(EXAMPLES, name), join(folder, name))
}, LONG)

const node = async (args: readonly string[], more: { [name: string]: string } = {}) => {
  const env = { PATH: dirname(process.execPath), HOME: folder, NODE_COMPILE_CACHE: COMPILED, ...more }
  return await run(process.execPath, args, { cwd: folder, env })
}

describe('the packed tarball in an empty folder', () => {
  it(
    'plans, contains and restores from the example script',
    async () => {
      const { stdout } = await node(['contain.mjs', KEY])
      expect(stdout.split('\n')).toEqual([
        expect.stringMatching(/^3 changes of \d identit/),
        expect.stringMatching(/^run \w+: complete$/),
        'restore: complete',
        '',
      ])
    },
    LONG,
  )

  it(
    'contains what a finding accuses from the example function, and once when it is delivered twice',
    async () => {
      const finding = JSON.parse(await readFile(FINDING, 'utf8'))
      const now = new Date().toISOString()
      Object.assign(finding, { time: now })
      Object.assign(finding.detail, { updatedAt: now })
      Object.assign(finding.detail.service, { eventLastSeen: now })
      await writeFile(join(folder, 'finding.json'), JSON.stringify(finding))
      const call = `
        import { readFileSync } from 'node:fs'
        import { handler } from './lambda.mjs'
        console.log(JSON.stringify(await handler(JSON.parse(readFileSync('finding.json', 'utf8')))))`
      await writeFile(join(folder, 'call.mjs'), call)
      const environment = {
        INTERDICT_STATE: join(folder, 'lambda-state'),
        INTERDICT_CONFIG: join(folder, 'lambda-config'),
        INTERDICT_TARGET: 'lab',
      }
      const first = JSON.parse((await node(['call.mjs'], environment)).stdout)
      expect(first).toMatchObject({
        reactions: [{ trigger: 'a-finding-about-a-key', changes: 1 }],
      })
      expect(['complete', 'settling']).toContain(first.reactions[0].status)
      const again = JSON.parse((await node(['call.mjs'], environment)).stdout)
      expect(again.reactions[0].run).toBe(first.reactions[0].run)
      expect(await readdir(join(folder, 'lambda-state', 'runs'))).toHaveLength(1)
    },
    LONG,
  )

  it('depends on what the shrinkwrap names, and has no install script', async () => {
    const own = join(folder, 'node_modules/interdict')
    const json = async (name: string) => JSON.parse(await readFile(join(own, name), 'utf8'))
    const { packages } = await json('npm-shrinkwrap.json')
    expect(Object.keys(packages)).toEqual(['', 'node_modules/@cedar-policy/cedar-wasm'])
    expect(await json('package.json')).not.toHaveProperty('scripts')
    expect(await json('package.json')).not.toHaveProperty('devDependencies')
  })

  it('has a provenance statement of this very tarball, signed', async () => {
    const envelope = JSON.parse(await readFile(join(folder, `${tarball}.intoto.json`), 'utf8'))
    const payload = Buffer.from(envelope.payload, 'base64')
    const type = envelope.payloadType
    const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload])
    const [{ sig }] = envelope.signatures
    expect(verify(null, signed, signer.publicKey, Buffer.from(sig, 'base64'))).toBe(true)
    const { subject, predicateType } = JSON.parse(payload.toString())
    const bytes = await readFile(join(folder, tarball))
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    expect(subject).toMatchObject([{ name: tarball, digest: { sha256 } }])
    expect(predicateType).toBe('https://slsa.dev/provenance/v1')
  })

  it('has each bundled package in its SBOM, with a hash, and in its licences', async () => {
    const own = join(folder, 'node_modules/interdict')
    const { components } = JSON.parse(await readFile(join(own, 'sbom.cdx.json'), 'utf8'))
    const licences = await readFile(join(own, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
    const bundled = JSON.parse(await readFile(join(ROOT, 'dist/packages.json'), 'utf8'))
    expect(components).toHaveLength(bundled.length + 1)
    expect(new Set(components.map((each: { purl: string }) => each.purl)).size).toBe(components.length)
    for (const { name, version } of bundled) {
      const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
      expect(components).toContainEqual(
        expect.objectContaining({ purl, hashes: [{ alg: 'SHA-512', content: expect.any(String) }] }),
      )
      expect(licences).toContain(`${name} ${version} (`)
    }
  })

  it(
    'changes nothing for a script that answers no question',
    async () => {
      const script = `
        import { Fault, Toolkit } from 'interdict'
        const folders = { state: 'silent/state', config: 'silent/config' }
        const toolkit = await Toolkit.open({ folders, target: 'lab' })
        const inputs = { key: '${KEY}' }
        const failed = await toolkit.contain('leaked-access-key', { inputs, reason: 'test' }).catch(error => error)
        console.log(failed instanceof Fault, failed.code, (await toolkit.runs()).length)`
      await writeFile(join(folder, 'silent.mjs'), script)
      expect((await node(['silent.mjs'])).stdout).toBe('true declined 0\n')
    },
    LONG,
  )

  it('exports the toolkit and nothing else', async () => {
    const script = `
      const failed = []
      for (const name of ['interdict/dist/engine/index.js', 'interdict/dist/toolkit/contain.js'])
        await import(name).catch(({ code }) => failed.push(code))
      console.log(failed.join(), Object.keys(await import('interdict')).sort().join())`
    await writeFile(join(folder, 'closed.mjs'), script)
    const closed = 'ERR_PACKAGE_PATH_NOT_EXPORTED'
    expect((await node(['closed.mjs'])).stdout).toBe(`${closed},${closed} Fault,Toolkit\n`)
  })

  it(
    'type-checks the examples, with the declarations that it depends on',
    async () => {
      const options = {
        target: 'es2023',
        module: 'nodenext',
        moduleResolution: 'nodenext',
        strict: true,
        noEmit: true,
        allowJs: true,
        checkJs: true,
        skipLibCheck: false,
        types: ['node'],
        noImplicitAny: false,
      }
      const files = ['contain.mjs', 'lambda.mjs']
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files }))
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
      const checked = await node([tsc, '-p', '.']).catch((error: { stdout: string }) => error)
      expect(checked.stdout).toBe('')
    },
    LONG,
  )
})

it('the page shows the examples as they are', async () => {
  const page = await readFile(join(ROOT, 'docs/toolkit.md'), 'utf8')
  for (const name of await readdir(EXAMPLES)) {
    expect(page, name).toContain((await readFile(join(EXAMPLES, name), 'utf8')).trimEnd())
  }
})
