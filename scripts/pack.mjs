// `npm run pack [-- FOLDER] [-- --key FILE]`: writes the package's tarball into FOLDER (.cache/package if none is given), with an SBOM and
// a provenance statement beside it. The tarball holds what `files` of package.json names, and besides:
//
// - npm-shrinkwrap.json: the exact versions of what it depends on, from package-lock.json
// - sbom.cdx.json: CycloneDX, with the packages that the program is bundled with
// - THIRD-PARTY-LICENSES.txt: their licences and notices
// - in its package.json neither scripts nor devDependencies, and the repository that `git remote` names
//
// `--key` is a PEM file with an Ed25519 private key: the statement is signed with it (DSSE).
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { npm } from './npm.mjs'
import { envelopeOf, statementOf } from './provenance.mjs'
import { sbomOf } from './sbom.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { key: { type: 'string' } },
})
const folder = resolve(positionals[0] ?? join(root, '.cache/package'))
const stage = join(folder, 'stage')
rmSync(stage, { recursive: true, force: true })
mkdirSync(stage, { recursive: true })

const json = path => JSON.parse(readFileSync(join(root, path), 'utf8'))
const write = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)

/** Runs `npm pack`; returns what it says of the tarball. */
function pack(cwd, ...more) {
  const flags = ['pack', '--json', '--ignore-scripts', '--loglevel=error', ...more]
  const { status, stdout } = npm(flags, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) process.exit(status ?? 1)
  const packed = JSON.parse(stdout)
  return Array.isArray(packed) ? packed[0] : Object.values(packed)[0]
}

function git(...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

const [{ scripts, devDependencies, overrides, ...product }, lock, bundled] = [
  json('package.json'),
  json('package-lock.json'),
  json('dist/packages.json'),
]
const remote = git('remote', 'get-url', 'origin')
const source = {
  remote: /^https:\/\/[^@\s]+$/.test(remote ?? '') ? remote : undefined,
  commit: git('rev-parse', 'HEAD'),
  changed: git('status', '--porcelain', '--untracked-files=no') !== '',
  // Seconds; the same commit gives the same files.
  time: Number(process.env['SOURCE_DATE_EPOCH'] ?? git('log', '-1', '--format=%ct') ?? 0),
}
for (const { path } of pack(root, '--dry-run').files) cpSync(join(root, path), join(stage, path))
cpSync(join(root, 'dist/THIRD-PARTY-LICENSES.txt'), join(stage, 'THIRD-PARTY-LICENSES.txt'))
const home = source.remote?.replace(/\.git$/, '')
write(join(stage, 'package.json'), {
  ...product,
  files: [...product.files, 'npm-shrinkwrap.json', 'sbom.cdx.json', 'THIRD-PARTY-LICENSES.txt'],
  ...(home === undefined
    ? {}
    : {
        repository: { type: 'git', url: `git+${home}.git` },
        homepage: `${home}#readme`,
        bugs: `${home}/issues`,
      }),
})

const { name, version, license, dependencies, bin, engines } = product
const shipped = Object.entries(lock.packages).filter(
  ([path, { dev, devOptional }]) => path && !dev && !devOptional,
)
write(join(stage, 'npm-shrinkwrap.json'), {
  name,
  version,
  lockfileVersion: lock.lockfileVersion,
  requires: true,
  packages: { '': { name, version, license, dependencies, bin, engines }, ...Object.fromEntries(shipped) },
})
const sbom = sbomOf({ product, lock, bundled, time: source.time })
write(join(stage, 'sbom.cdx.json'), sbom)

const { filename, entryCount, size, unpackedSize } = pack(stage, '--pack-destination', folder)
const tarball = join(folder, filename)
const statement = statementOf({ tarball, source, lock: join(root, 'package-lock.json') })
write(join(folder, 'sbom.cdx.json'), sbom)
write(
  join(folder, `${filename}.intoto.json`),
  values.key === undefined ? statement : envelopeOf(statement, readFileSync(resolve(values.key), 'utf8')),
)
rmSync(stage, { recursive: true })
const mb = bytes => `${(bytes / 1e6).toFixed(1)} MB`
process.stdout.write(
  `${tarball}: ${entryCount} files, ${mb(size)}, unpacked ${mb(unpackedSize)}; installs ${shipped.length} ${shipped.length === 1 ? 'package' : 'packages'} besides\n`,
)
