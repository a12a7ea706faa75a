// Records the examples of docs/json.md: runs the built program in a lab of its own and keeps what it prints, shortened.
// Ids and times differ each time, so this runs when a result changes and not with `npm run generate`.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const home = mkdtempSync(join(tmpdir(), 'interdict-examples-'))
const record = join(root, 'playbooks/records/ci-token-at-night.json')
const env = {
  PATH: process.env.PATH,
  HOME: home,
  INTERDICT_STATE: join(home, 'state'),
  INTERDICT_CONFIG: join(home, 'config'),
}
const start = args => spawn(process.execPath, [join(root, 'bin/run.js'), ...args], { env, cwd: home })

/** The standard output of the program. */
async function outputOf(...args) {
  const child = start(args)
  let text = ''
  child.stdout.setEncoding('utf8').on('data', chunk => (text += chunk))
  child.stderr.pipe(process.stderr)
  child.stdin.end()
  await new Promise(resolve => child.once('close', resolve))
  return text
}

const jsonOf = async (...args) => JSON.parse(await outputOf(...args, '--json'))

/** Short enough to read: one item of each list of objects, the first words of a long text, and no path of this machine. */
function shortened(value) {
  if (typeof value === 'string') {
    const text = value
      .replaceAll(home, '/home/mara')
      .replaceAll(root, '/usr/lib/node_modules/interdict/')
      // The folder that a rehearsal makes for itself.
      .replace(/(file:)\S*\/interdict-case-\w+/, '$1/home/mara')
    return text.length > 120 ? `${text.slice(0, 100)}…` : text
  }
  if (Array.isArray(value)) return value.slice(0, typeof value[0] === 'object' ? 1 : 3).map(shortened)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shortened(member)]))
}

function keep(name, data) {
  if (data.error !== undefined && name !== 'error') throw new Error(`${name}: ${data.error.message}`)
  const shown = shortened(data)
  if (shown.actor !== undefined) shown.actor = 'mara'
  writeFileSync(join(root, `docs/examples/${name}.json`), `${JSON.stringify(shown, null, 2)}\n`)
  process.stdout.write(`${name}\n`)
}

/** A lab that answers until it is told to stop, and what it printed first. */
async function lab() {
  const child = start(['lab', 'start', '--json'])
  const first = await new Promise((resolve, reject) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk
      if (text.endsWith('}\n')) resolve(JSON.parse(text))
    })
    child.once('close', code => reject(new Error(`the lab ended with ${code}`)))
  })
  return { first, child }
}

const firstLine = text => JSON.parse(text.split('\n')[0])
const why = ['--yes', '--reason', 'key in a public repository']
const playbook = 'leaked-access-key'

const configuration = 'version: 1\nceilings: { identities: 10 }\n'

try {
  const { first, child } = await lab()
  keep('lab-start', { ...first, pid: 4711 })
  try {
    keep('error', await jsonOf('status', 'zzzz'))
    keep('inventory', await jsonOf('inventory', '--lab', '--cloud', 'aws', '--kind', 'access-key'))
    keep(
      'inventory-line',
      firstLine(await outputOf('inventory', '--lab', '--kind', 'role', '--format', 'ndjson')),
    )
    keep('plan', await jsonOf('plan', playbook, '--lab'))
    await outputOf('plan', playbook, '--lab', '--out', join(home, 'plan.json'))
    const { run: planned, digest, seal } = JSON.parse(readFileSync(join(home, 'plan.json'), 'utf8'))
    keep('plan-file', {
      ...JSON.parse(readFileSync(join(home, 'plan.json'), 'utf8')),
      run: planned,
      digest,
      seal,
    })
    const contained = await jsonOf('contain', playbook, '--lab', ...why)
    keep('contain', contained)
    keep('held', await jsonOf('contain', playbook, '--lab', ...why))
    const { run } = contained
    keep('runs', await jsonOf('status'))
    keep('run', await jsonOf('status', run))
    keep('due', await jsonOf('status', '--due'))
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, 'kim')])
    writeFileSync(
      join(home, 'config', 'allowed_signers'),
      `kim@acme.example ${readFileSync(join(home, 'kim.pub'), 'utf8')}`,
    )
    keep('approve', await jsonOf('approve', run, '--key', join(home, 'kim'), '--lab', '--yes'))
    keep('restore-preview', await jsonOf('restore', run, '--lab', '--dry-run'))
    const into = `file:${join(home, 'key')}`
    keep('rotation-plan', await jsonOf('rotate', run, '--lab', '--into', into, '--dry-run'))
    keep('rotation', await jsonOf('rotate', run, '--lab', '--into', into, '--delete-first', ...why))
    keep('restore', await jsonOf('restore', run, '--lab', ...why))
    keep('permissions', await jsonOf('permissions', playbook))
    keep('doctor', await jsonOf('doctor', '--lab', '--playbook', playbook))
    keep('catalog', await jsonOf('catalog', '--cloud', 'aws'))
    keep('interruption', await jsonOf('catalog', 'aws.user.quarantine'))
    keep('completion', await jsonOf('completion', 'bash'))
    keep('playbook-list', await jsonOf('playbook', 'list'))
    keep('playbook', await jsonOf('playbook', 'show', playbook))
    keep('playbook-new', await jsonOf('playbook', 'new', 'stop-a-key'))
    writeFileSync(
      join(home, 'wrong.yaml'),
      'version: 1\nname: stop-a-key\ntitle: Stop a key\nseverty: high\n',
    )
    keep('playbook-validate', await jsonOf('playbook', 'validate', 'wrong.yaml'))
    keep('playbook-test', await jsonOf('playbook', 'test', 'third-party-stop'))
    keep('explanation', await jsonOf('playbook', 'explain', record, 'ci-role-outside-window'))
    const watched = await outputOf(
      'watch',
      'ci-role-outside-window',
      '--source',
      `file:${record}`,
      '--once',
      '--lab',
      '--json',
    )
    keep(
      'watch-event',
      JSON.parse(
        watched.split('\n').find(line => /"event":"(proposed|contained)"/.test(line)) ??
          watched.split('\n')[0],
      ),
    )
    await outputOf(
      ...['watch', 'ci-role-outside-window', '--source', `file:${record}`],
      ...[
        '--once',
        '--lab',
        '--json',
        '--mode',
        'propose',
        '--max-age',
        '3650d',
        '--state',
        join(home, 'other'),
      ],
    )
    keep('proposals', await jsonOf('proposals', '--state', join(home, 'other')))
    writeFileSync(join(home, 'config/interdict.yaml'), configuration, { mode: 0o600 })
    keep('configuration', await jsonOf('doctor', '--configuration'))
    rmSync(join(home, 'config/interdict.yaml'))
    const written = await jsonOf('gate', 'policy', '--harness', 'claude')
    keep('gate-policy', written)
    writeFileSync(join(home, 'config/gate.yaml'), written.policy)
    keep('gate-install', await jsonOf('gate', 'install', '--harness', 'claude', '--yes'))
    keep('gate-doctor', await jsonOf('gate', 'doctor', '--harness', 'claude'))
    keep('lab-reset', await jsonOf('lab', 'reset'))
  } finally {
    child.kill()
    await new Promise(resolve => child.once('close', resolve))
  }
  keep('drill', await jsonOf('drill', playbook))
  const third = await jsonOf('drill', '--case', '3')
  keep('case', third)
  keep('cases', { cases: [third] })
} finally {
  rmSync(home, { recursive: true, force: true })
}
