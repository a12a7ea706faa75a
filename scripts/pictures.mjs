// `npm run pictures`: draws the pictures of README.md from real runs in the lab, into docs/pictures. With --check: fails and says which
// lines differ if a run prints something else than the picture shows. Numbers, dates and generated names differ between runs and are not
// compared, nor is the order of lines: in a drill, the thief's last accepted call comes when it comes.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { linesIn, picture } from './terminal-picture.mjs'

const PICTURES = {
  drill: ['drill'],
  plan: ['plan', 'leaked-access-key', '--input', 'key=AKIAIOSFODNN7EXAMPLE', '--lab'],
}
const COLUMNS = 80

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const check = process.argv.includes('--check')
let failed = false
mkdirSync(join(root, 'docs/pictures'), { recursive: true })
for (const [name, args] of Object.entries(PICTURES)) {
  const path = join(root, 'docs/pictures', `${name}.svg`)
  const drawn = picture(`interdict ${args.join(' ')}`, printed(args), COLUMNS)
  if (!check) {
    writeFileSync(path, drawn)
    process.stdout.write(`wrote docs/pictures/${name}.svg\n`)
    continue
  }
  const [shown, now] = [existsSync(path) ? readFileSync(path, 'utf8') : '', drawn].map(svg =>
    linesIn(svg).map(steady).sort(),
  )
  const differ = [
    ...shown.filter(line => !now.includes(line)).map(line => `- ${line}`),
    ...now.filter(line => !shown.includes(line)).map(line => `+ ${line}`),
  ]
  if (differ.length === 0) continue
  failed = true
  process.stderr.write(`docs/pictures/${name}.svg is out of date: npm run pictures\n${differ.join('\n')}\n`)
}
process.exit(failed ? 1 : 0)

function printed(args) {
  const home = mkdtempSync(join(tmpdir(), 'interdict-picture-'))
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    INTERDICT_STATE: join(home, 'state'),
    INTERDICT_CONFIG: join(home, 'config'),
    FORCE_COLOR: '1',
    COLUMNS: String(COLUMNS),
  }
  const run = spawnSync(process.execPath, [join(root, 'bin/run.js'), ...args], {
    cwd: home,
    env,
    encoding: 'utf8',
  })
  rmSync(home, { recursive: true, force: true })
  if (run.status === 0) return run.stdout
  process.stderr.write(`interdict ${args.join(' ')} ended with ${run.status}\n${run.stdout}${run.stderr}`)
  process.exit(1)
}

/** A line without what differs between runs. */
function steady(line) {
  return line
    .replace(/\blab-[0-9a-f-]+/g, 'lab-#')
    .replace(/\binterdict-[a-z0-9]{6}\b/g, 'interdict-#')
    .replace(/\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g, '#')
    .replace(/\d+(?:[.,:]\d+)*/g, '#')
    .replace(/\s+/g, ' ')
    .trim()
}
