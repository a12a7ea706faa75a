// Writes to fd 3, at the end of the process, which files of the package and which modules of Node it has loaded.
const { writeSync } = require('node:fs')
const before = new Set(process.moduleLoadList)
process.on('exit', () => {
  const files = Object.keys(require.cache).filter(file => file !== __filename)
  const builtins = process.moduleLoadList.filter(name => !before.has(name))
  writeSync(3, JSON.stringify({ files, builtins }))
})
