// Fights out what its parent sends, several at once, and sends back what came of each.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PLAYBOOKS } from './fight-kinds.mjs'

const [root] = process.argv.slice(2)
const built = path => import(pathToFileURL(join(root, 'dist', path)).href)
const [{ runDrill }, { withOrganizationGuard }, { parsePlaybook }, { REAL }, wired] = await Promise.all([
  built('drill/drill.js'),
  built('drill/organization-guard.js'),
  built('model/playbook/parse.js'),
  built('model/timing.js'),
  built('toolkit/clouds.js'),
])
const providers = await wired.providersOf()
const catalog = wired.catalogOf(providers)

process.on('message', async ({ id, kind, fight }) => {
  const { name, guard = false, change = text => text } = PLAYBOOKS[kind]
  const file = join(root, 'playbooks', `${name}.yaml`)
  try {
    const read = parsePlaybook(change(readFileSync(file, 'utf8')), file, catalog)
    const playbook = guard ? withOrganizationGuard(read) : read
    const report = await runDrill({ playbook, providers, tool: 'bench', timing: REAL, fight })
    const refused = report.clouds.reduce((sum, { honest }) => sum + honest.refused, 0)
    const differences = report.clouds.flatMap(({ restore }) => restore.differences)
    process.send({ id, fight: report.fight, refused, differences })
  } catch (error) {
    process.send({ id, error: error instanceof Error ? error.message : String(error) })
  }
})
process.once('disconnect', () => process.exit(0))
process.send({ ready: true })
