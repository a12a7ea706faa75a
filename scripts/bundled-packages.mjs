import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/
const LEGAL = /^(?:licen[cs]e|copying|notice)/i

/**
 * Returns the packages that modules are from, by name and version: `{ name, version, license, folder }`. `license` is an SPDX expression.
 * A version that stands in several folders is one package: two components with one `bom-ref` are not valid CycloneDX.
 *
 * @param ids paths of the modules in a bundle
 */
export function packagesOf(ids) {
  const folders = new Set(ids.flatMap(id => FOLDER.exec(id.replaceAll('\0', ''))?.[1] ?? []))
  const packages = [...folders].map(folder => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { name, version, license: typeof license === 'string' ? license : 'NOASSERTION', folder }
  })
  const each = new Map(packages.map(each => [keyOf(each), each]))
  return [...each.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/**
 * Writes what has to be said of the packages in a bundle: `packages.json` lists them, and `THIRD-PARTY-LICENSES.txt` has their licences
 * and notices as they stand in the packages.
 */
export function writePackages(folder, packages) {
  const listed = packages.map(({ name, version, license }) => ({ name, version, license }))
  writeFileSync(join(folder, 'packages.json'), `${JSON.stringify(listed, null, 2)}\n`)
  const head =
    'The program of interdict holds code of these packages. Each stands here with its licence and its notices, as the package has them.\n'
  const groups = Map.groupBy(packages, legalText)
  const parts = [...groups].map(([text, those]) => `${those.map(titleOf).join('\n')}\n\n${text}\n`)
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), [head, ...parts].join(`\n${'='.repeat(80)}\n\n`))
}

const keyOf = ({ name, version }) => `${name}@${version}`

const titleOf = ({ name, version, license }) => `${name} ${version} (${license})`

function legalText({ folder }) {
  const files = readdirSync(folder)
    .filter(file => LEGAL.test(file))
    .sort()
  if (files.length === 0) return 'The package has no file with its licence; its package.json names it.'
  return files
    .map(file => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim())
    .join('\n\n')
}
