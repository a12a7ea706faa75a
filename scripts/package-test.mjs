// `npm run test:package`: packs the package, installs the tarball in an empty folder without install scripts, and runs it there on each Node
// of `NODES`: version, status, playbooks and their tests, the drill, the gate with Cedar, and the library. Also checks that the SBOM and
// the statement are of this tarball, and the SBOM by CycloneDX's schema. The Nodes are installed from npm into .cache, the schema from PyPI.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installNode, npm } from './npm.mjs'
import { readySbom } from './venv.mjs'

/** The oldest that `engines` of package.json allows, and the newest line that is supported for long. */
const NODES = ['22.13.0', '22', '24']

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folder = mkdtempSync(join(tmpdir(), 'interdict-package-test-'))
try {
  const packed = spawnSync(process.execPath, [join(root, 'scripts/pack.mjs'), folder], { encoding: 'utf8' })
  assert.equal(packed.status, 0, packed.stderr)
  process.stdout.write(packed.stdout)
  const tarball = join(folder, globSync('*.tgz', { cwd: folder })[0] ?? '')
  checkStatement(tarball)
  checkSbom(join(folder, 'sbom.cdx.json'))
  const home = join(folder, 'home')
  mkdirSync(home)
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
  const flags = ['--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error']
  const installed = npm(['install', ...flags, tarball], { cwd: home, stdio: 'inherit' })
  assert.equal(installed.status, 0, 'npm install of the tarball')
  checkInstalled(join(home, 'node_modules'))
  for (const version of NODES) runOn(version, home)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function checkStatement(tarball) {
  const { subject, predicate } = JSON.parse(readFileSync(`${tarball}.intoto.json`, 'utf8'))
  const sha256 = createHash('sha256').update(readFileSync(tarball)).digest('hex')
  assert.deepEqual(
    subject.map(({ digest }) => digest.sha256),
    [sha256],
  )
  assert.equal(predicate.buildDefinition.buildType, 'urn:interdict:build:pack:1')
}

/** Holds the SBOM to CycloneDX's own JSON schema, strictly. */
function checkSbom(file) {
  const script = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
flaw = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1], encoding='utf-8').read())
if flaw is not None:
    sys.exit(f'{list(flaw.data.absolute_path)}: {flaw.data.validator}: {flaw.data.message[-300:]}')
`
  const judged = spawnSync(readySbom(), ['-c', script, file], { encoding: 'utf8' })
  assert.equal(judged.status, 0, `the SBOM is not valid CycloneDX 1.6: ${judged.stderr}`)
  process.stdout.write('the SBOM is valid CycloneDX 1.6, by the schema of CycloneDX\n')
}

function checkInstalled(modules) {
  const own = join(modules, 'interdict')
  const read = name => JSON.parse(readFileSync(join(own, name), 'utf8'))
  const shrinkwrap = Object.keys(read('npm-shrinkwrap.json').packages).filter(path => path !== '')
  const there = globSync(['node_modules/{*,@*/*}/package.json'], { cwd: join(modules, '..') })
    .map(path => dirname(path).replaceAll('\\', '/'))
    .filter(path => path !== 'node_modules/interdict')
  const inside = globSync(['node_modules/{*,@*/*}/package.json'], { cwd: own }).map(path => dirname(path))
  assert.deepEqual(
    [...there, ...inside].sort(),
    shrinkwrap.sort(),
    'exactly what the shrinkwrap names is installed',
  )
  for (const path of [...there, ...inside]) {
    const base = there.includes(path) ? join(modules, '..', path) : join(own, path)
    const { scripts = {} } = JSON.parse(readFileSync(join(base, 'package.json'), 'utf8'))
    for (const name of ['preinstall', 'install', 'postinstall'])
      assert.equal(scripts[name], undefined, `${path}: ${name}`)
  }
  const { components } = read('sbom.cdx.json')
  const licences = readFileSync(join(own, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
  for (const { group, name, version, properties } of components) {
    const full = group === undefined ? name : `${group}/${name}`
    if (properties[0].value === 'installed')
      assert.ok(
        shrinkwrap.some(path => path.endsWith(full)),
        full,
      )
    else assert.ok(licences.includes(`${full} ${version} (`), `${full} in THIRD-PARTY-LICENSES.txt`)
  }
  for (const page of globSync('{*.md,docs/*.md}', { cwd: own })) {
    for (const [, path = ''] of readFileSync(join(own, page), 'utf8').matchAll(
      /\]\(((?!https?:|#)[^)#\s]+)/g,
    ))
      assert.ok(existsSync(join(own, dirname(page), path)), `${page} links to ${path}`)
  }
}

function runOn(version, home) {
  const node = installNode(version, join(root, '.cache', `node-${version}`))
  assert.ok(node !== undefined, `npm installs Node ${version}`)
  const state = mkdtempSync(join(folder, 'state-'))
  const env = {
    HOME: state,
    USERPROFILE: state,
    PATH: dirname(node),
    INTERDICT_STATE: state,
    INTERDICT_CONFIG: join(state, 'c'),
    // Whether the gate decides in its time must not depend on what else this machine does.
    INTERDICT_GATE_SECONDS: '9',
  }
  const own = join(home, 'node_modules/interdict')
  const succeed = (args, input = '') => {
    const ended = spawnSync(node, args, { cwd: home, env, input, encoding: 'utf8' })
    assert.equal(ended.status, 0, `Node ${version}: ${args.join(' ')}\n${ended.stdout}${ended.stderr}`)
    return ended.stdout
  }
  const program = join(own, 'bin/run.js')
  const started = succeed([program, '--version'])
  assert.match(started, new RegExp(`node-v${version.replaceAll('.', '\\.')}`))
  assert.match(succeed([program, 'status']), /^no runs yet/)
  assert.match(succeed([program, 'playbook', 'list']), /leaked-access-key/)
  succeed([program, 'playbook', 'test', 'agent-out-of-scope'])
  assert.match(succeed([program, 'drill']), /estate identical to the start/)
  const policy = join(state, 'gate.cedar')
  writeFileSync(policy, 'permit(principal, action, resource);')
  mkdirSync(join(state, 'c'), { recursive: true })
  writeFileSync(join(state, 'c/gate.yaml'), 'version: 1\nrules:\n  - { effect: allow, tools: [Read] }\n')
  const call = JSON.stringify({ hook_event_name: 'PreToolUse', tool_name: 'Read', tool_input: {} })
  const hook = [
    join(own, 'bin/gate.cjs'),
    'hook',
    '--harness',
    'claude',
    '--policy-engine',
    `cedar=${policy}`,
  ]
  assert.equal(succeed(hook, call), '{}\n')
  writeFileSync(join(home, 'contain.mjs'), readFileSync(join(own, 'examples/contain.mjs')))
  assert.match(succeed(['contain.mjs', 'AKIAIOSFODNN7EXAMPLE']), /^restore: complete$/m)
  rmSync(join(home, 'interdict'), { recursive: true, force: true })
  process.stdout.write(`the package works on ${started.trim().split(' ').at(-1)}\n`)
}
