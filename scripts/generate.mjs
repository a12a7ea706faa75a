// `npm run generate`: writes the files that are made from the code. With --check: fails and names those that are out of
// date. Reads dist/, and has it built when it is stale.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Plugin } from '@oclif/core'
import { resultsPage, schemaFiles } from './results.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const check = process.argv.includes('--check')

const built = path => import(pathToFileURL(join(root, 'dist', path)).href)
const current = file => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '')

/** The text that `oclif manifest` would write, without its side effect of deleting the committed one first. */
async function manifest() {
  const plugin = new Plugin({
    root,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  })
  await plugin.load()
  // They come in the order in which the file system lists them.
  const commands = Object.entries(plugin.manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify({ ...plugin.manifest, commands: Object.fromEntries(commands) }, null, 2)}\n`
}

const cell = text => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ')
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.map(cell).join(' | ')} |`).join('\n')
const code = names => (names.length === 0 ? '‒' : names.map(name => `\`${name}\``).join(' '))

/** The text of a file with the part between two markers replaced. */
function between(text, file, name, inner) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${file} has no ${begin} … ${end}`)
  return `${text.slice(0, from + begin.length)}\n${inner}\n${text.slice(to)}`
}

function commandTable(manifest) {
  const rows = Object.values(manifest.commands)
    .filter(({ hidden }) => !hidden)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, args, summary, description }) => {
      const usage = Object.values(args ?? {}).map(arg => (arg.required ? ` ${arg.name}` : ` [${arg.name}]`))
      const words = `${id.replaceAll(':', ' ')}${usage.join('').toUpperCase()}`
      return [`\`${words}\``, (summary ?? description ?? '').split('\n')[0]]
    })
  return table(['command', 'does'], rows)
}

function catalog(providers) {
  const lines = [
    '# Catalog of interruptions',
    '',
    'Made by `npm run generate` from the code; `interdict catalog` prints the same.',
    '',
  ]
  for (const { title, interruptions } of providers) {
    lines.push(`## ${title}`, '')
    for (const each of [...interruptions].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const { reversal, permissions } = each
      lines.push(`### ${each.id}`, '', `${each.summary}.`, '')
      lines.push(
        table(
          ['', ''],
          [
            ['verbs', each.verbs.join(', ')],
            ['kinds', each.on.join(', ')],
            ['leaves', each.leaves],
            ...(each.lapses === undefined
              ? []
              : [['ends', 'by itself, if a playbook says `onExpiry: lapse`']]),
            ...(each.undoneBy === undefined ? [] : [['taken back by', each.undoneBy]]),
            ['reversal', reversal.kind === 'exact' ? 'exact' : `equivalent: ${reversal.differs}`],
            [
              'parameters',
              JSON.stringify(each.example ?? {}) === '{}'
                ? 'none'
                : `e.g. \`${JSON.stringify(each.example)}\``,
            ],
            ['to read', code(permissions.read)],
            ['to cut', code(permissions.cut)],
            ['to restore', code(permissions.restore)],
          ],
        ),
        '',
      )
    }
  }
  return `${lines.join('\n').trimEnd()}\n`
}

const ready = spawnSync(process.execPath, [join(root, 'scripts/ready.mjs')], { stdio: 'inherit' })
if (ready.status !== 0) process.exit(ready.status ?? 1)
const [{ EXIT }, { playbookJsonSchema }, { configJsonSchema }, { clouds }, results] = await Promise.all([
  built('model/fault.js'),
  built('model/playbook/json-schema.js'),
  built('toolkit/config/json-schema.js'),
  built('clouds/index.js'),
  built('toolkit/results/index.js'),
])
const providers = await Promise.all(clouds.map(cloud => cloud.load()))
const manifestText = await manifest()
const exits = table(
  ['code', 'means'],
  Object.values(EXIT).map(({ code, means }) => [code, means]),
)

const COMMANDS = 'docs/commands.md'
const commandList = between(current(COMMANDS), COMMANDS, 'commands', commandTable(JSON.parse(manifestText)))
const files = {
  'oclif.manifest.json': manifestText,
  'playbooks/playbook.schema.json': `${JSON.stringify(playbookJsonSchema(), null, 2)}\n`,
  'schemas/config.json': `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
  'docs/catalog.md': catalog(providers),
  [COMMANDS]: between(commandList, COMMANDS, 'exit-codes', exits),
  'docs/json.md': resultsPage({
    results: results.RESULTS,
    commands: results.COMMAND_RESULTS,
    version: results.RESULTS_VERSION,
    example: name => current(`docs/examples/${name}.json`),
  }),
  ...schemaFiles(results.RESULTS, results.RESULTS_VERSION),
}

const stale = Object.entries(files).filter(([file, text]) => current(file) !== text)
if (check) {
  for (const [file] of stale) process.stderr.write(`${file} is out of date: npm run generate\n`)
  process.exit(stale.length === 0 ? 0 : 1)
}
for (const [file, text] of stale) {
  writeFileSync(join(root, file), text)
  process.stdout.write(`wrote ${file}\n`)
}
