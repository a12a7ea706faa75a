import { createHash } from 'node:crypto'

/**
 * Returns the software bill of materials of the package in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/): the packages that the
 * program is bundled with and those that npm installs besides, with licences and, from the lock file, hashes. The same input gives the
 * same document.
 *
 * @param product package.json
 * @param lock package-lock.json
 * @param bundled `{ name, version, license }` of each package in the bundle
 * @param time seconds since 1970
 */
export function sbomOf({ product, lock, bundled, time }) {
  const locked = Object.entries(lock.packages).filter(([path]) => path !== '')
  const installed = locked
    .filter(([, { dev, devOptional }]) => !dev && !devOptional)
    .map(([path, { version, license }]) => ({ name: nameOf(path), version, license, installed: true }))
  const components = [...bundled, ...installed].map(each => {
    const entry = locked.find(([path, { version }]) => nameOf(path) === each.name && version === each.version)
    if (entry === undefined)
      throw new Error(`${each.name} ${each.version} is bundled and not in package-lock.json`)
    return componentOf(each, entry[1].integrity)
  })
  components.sort((a, b) => (a.purl < b.purl ? -1 : 1))
  const twice = components.find(({ purl }, at) => components[at + 1]?.purl === purl)
  if (twice !== undefined) throw new Error(`${twice.purl} is a component twice`)
  const own = { ...componentOf(product), type: 'application' }
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { timestamp: new Date(time * 1000).toISOString(), component: own },
    components,
    dependencies: [{ ref: own['bom-ref'], dependsOn: components.map(each => each['bom-ref']) }],
  }
  return { ...document, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(document))}` }
}

function componentOf({ name, version, license, installed = false }, integrity) {
  const [scope, short] = name.startsWith('@') ? name.split('/') : [undefined, name]
  const purl = `pkg:npm/${scope === undefined ? '' : `${scope.replace('@', '%40')}/`}${short}@${version}`
  const hash = /^sha512-(.+)$/.exec(integrity ?? '')?.[1]
  return {
    type: 'library',
    'bom-ref': purl,
    ...(scope === undefined ? {} : { group: scope }),
    name: short,
    version,
    purl,
    licenses: [/ (?:OR|AND|WITH) /.test(license) ? { expression: license } : { license: idOrName(license) }],
    ...(hash === undefined
      ? {}
      : { hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }] }),
    ...(integrity === undefined
      ? {}
      : { properties: [{ name: 'interdict:delivery', value: installed ? 'installed' : 'bundled' }] }),
  }
}

const idOrName = license =>
  /^[\w.+-]+$/.test(license ?? '') && license !== 'NOASSERTION'
    ? { id: license }
    : { name: license ?? 'unknown' }
const nameOf = path => path.replace(/^.*node_modules\//, '')

/** A UUID of version 8 (RFC 9562) made of a hash. */
function uuidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex[16], 16) & 3) | 8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
