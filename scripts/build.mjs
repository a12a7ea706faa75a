// Compiles src/ into dist/. TypeScript does not copy JSON, so data files beside the code are copied here.
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
rmSync(join(root, 'dist'), { recursive: true, force: true })
const tsc = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root], {
  stdio: 'inherit',
})
if (tsc.status !== 0) process.exit(tsc.status ?? 1)
for (const file of globSync('src/**/*.json', { cwd: root })) {
  cpSync(join(root, file), join(root, file.replace(/^src/, 'dist')))
}
