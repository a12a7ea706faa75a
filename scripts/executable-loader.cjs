// The first code of the single executable (scripts/build-binary.mjs): loads the files of the bundle from its assets.
const { getAsset, getAssetKeys, getRawAsset } = require('node:sea')
const { Script, constants } = require('node:vm')

const keys = new Set(getAssetKeys())
const loaded = new Map()

function load(name) {
  const known = loaded.get(name)
  if (known) return known.exports
  const module = { exports: {} }
  loaded.set(name, module)
  const key = `dist/program/${name}`
  const filename = `/interdict/${key}`
  const cachedData = keys.has(`${key}.cache`) ? Buffer.from(getRawAsset(`${key}.cache`)) : undefined
  const script = new Script(getAsset(key, 'utf8'), {
    filename,
    ...(cachedData ? { cachedData } : {}),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  const find = id => (id.startsWith('./') ? load(id.slice(2)) : require(id))
  script.runInThisContext()(module.exports, find, module, filename, '/interdict/dist/program')
  return module.exports
}

load('executable.cjs').start()
