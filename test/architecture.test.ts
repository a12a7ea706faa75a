import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const sources = globSync('src/**/*.ts', { cwd: root })
  .map(file => file.replaceAll('\\', '/'))
  .sort()

/** Part of src → parts that it may import, besides itself: nothing imports upward. */
const STAR: { [part: string]: string[] } = {
  platform: [],
  model: [],
  approval: ['model'],
  engine: ['model'],
  store: ['model', 'platform', 'approval'],
  journal: ['model', 'store'],
  'toolkit/results': ['model'],
  ui: ['model', 'toolkit', 'toolkit/results'],
  gate: ['model', 'store', 'platform'],
  signals: ['model'],
  watch: ['model'],
  egress: ['model', 'store'],
  sources: ['model', 'egress'],
  notify: ['model', 'egress'],
  guard: ['model', 'store'],
  rotate: ['model'],
  sinks: ['model', 'store'],
  lab: [],
  'clouds/index.ts': ['model', 'signals', 'clouds/*'],
  'clouds/kit': ['model', 'egress', 'signals', 'sources'],
  'clouds/*': ['model', 'platform', 'egress', 'signals', 'sources', 'clouds/kit'],
  toolkit: [
    ...['model', 'approval', 'engine', 'store', 'journal', 'signals', 'watch', 'guard', 'gate', 'rotate'],
    ...['sinks', 'sources', 'lab', 'clouds/index.ts', 'toolkit/results'],
  ],
  'index.ts': ['model', 'journal', 'toolkit'],
  drill: [
    ...['model', 'engine', 'store', 'journal', 'signals', 'watch', 'guard', 'gate', 'sources'],
    ...['clouds/index.ts', 'lab', 'toolkit', 'toolkit/results'],
  ],
  cli: [
    ...[
      'model',
      'approval',
      'engine',
      'store',
      'journal',
      'signals',
      'watch',
      'guard',
      'gate',
      'notify',
      'sources',
    ],
    ...['clouds/index.ts', 'lab', 'toolkit', 'toolkit/results', 'ui', 'drill', 'platform'],
  ],
  commands: ['gate', 'cli'],
  program: ['model', 'platform', 'store', 'egress', 'cli', 'commands'],
}

/** `model`, `clouds/aws`, … of a file under src. */
function partOf(file: string): string {
  const [, first = '', second = ''] = file.split('/')
  if (first === 'toolkit' && second === 'results') return 'toolkit/results'
  return first === 'clouds' ? `clouds/${second}` : first
}

const ruleOf = (part: string) => STAR[part] ?? (part.startsWith('clouds/') ? STAR['clouds/*'] : undefined)

const withoutComments = (file: string) => read(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

/** Groups of nodes that reach each other (Tarjan, "Depth-first search and linear graph algorithms", 1972), each sorted. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const path: string[] = []
  const circles: string[][] = []
  const visit = (node: string) => {
    order.set(node, order.size)
    low.set(node, order.get(node) ?? 0)
    path.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next)
      if (path.includes(next)) low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0))
    }
    if (low.get(node) !== order.get(node)) return
    const circle = path.splice(path.indexOf(node))
    if (circle.length > 1) circles.push(circle.sort())
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return circles
}

/** Everything that a file names as a module: static, type-only and dynamic. */
function importsOf(file: string): string[] {
  const text = withoutComments(file)
  const pattern = /(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)['"]([^'"]+)['"]/gm
  return [...text.matchAll(pattern)].map(([, name = '']) => name)
}

const relativeImports = (file: string) =>
  importsOf(file)
    .filter(name => name.startsWith('.'))
    .map(name => relative(root, join(root, dirname(file), name)).replaceAll('\\', '/'))

test('no part imports one that its row in the table does not name', () => {
  const wrong = sources.flatMap(file => {
    const part = partOf(file)
    const allowed = ruleOf(part)
    if (!allowed) return [`${file}: src/${part} is not in the table`]
    return relativeImports(file)
      .map(target => ({ target, other: partOf(target) }))
      .filter(({ other }) => other !== part && !allowed.includes(other))
      .filter(({ other }) => !(allowed.includes('clouds/*') && other.startsWith('clouds/')))
      .map(({ target }) => `${file} imports ${target}`)
  })
  expect(wrong).toEqual([])
})

test('the table has no circle of parts', () => {
  const parts = Object.keys(STAR)
  const rows = parts.map((part): [string, string[]] => [
    part,
    (STAR[part] ?? []).flatMap(each =>
      each === 'clouds/*' ? parts.filter(one => one === 'clouds/*') : [each],
    ),
  ])
  expect(circlesIn(new Map(rows))).toEqual([])
})

test('no circle of files that import each other, types included', () => {
  const circles = circlesIn(new Map(sources.map(file => [file, relativeImports(file)])))
  expect(circles).toEqual([])
})

test('the toolkit touches neither the process, nor a terminal, nor a clock', () => {
  const touches =
    /\b(process|console)\.\w|\b(Date\.now|performance\.now|setTimeout|setInterval|setImmediate)\b|new Date\(\)|timers\/promises|from '(node:process|node:tty|node:readline[^']*|inquirer|chalk|@oclif\/[^']*)'/
  const wrong = sources
    .filter(file => file.startsWith('src/toolkit/') || file === 'src/index.ts')
    .flatMap(file =>
      withoutComments(file)
        .split('\n')
        .filter(line => touches.test(line))
        .map(line => `${file}: ${line.trim()}`),
    )
  expect(wrong).toEqual([])
})

test('the parts that the table names exist', () => {
  const parts = new Set(sources.map(partOf))
  for (const part of ['model', 'engine', 'journal', 'store', 'ui', 'lab', 'clouds/aws', 'toolkit', 'cli']) {
    expect([...parts], part).toContain(part)
  }
})

test('only the platform and the lab ask which system this is; the version shows its name', () => {
  const asks = /\bprocess\.platform\b|\bplatform\(\)/
  const wrong = sources
    .filter(file => !/^src\/(?:platform|lab)\//.test(file))
    .flatMap(file =>
      withoutComments(file)
        .split('\n')
        .filter(line => asks.test(line) && !line.includes('node-$'))
        .map(line => `${file}: ${line.trim()}`),
    )
  expect(wrong).toEqual([])
})

test('only types of the results are imported: zod would slow the start of every command', () => {
  const eager = /^\s*import\s+(?!type\b)[^'"]*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]/gm
  const wrong = sources
    .filter(file => partOf(file) !== 'toolkit/results')
    .flatMap(file =>
      [...read(file).matchAll(eager)].map(([, name = '', lazy = '']) => ({ file, name: name || lazy })),
    )
    .filter(({ name }) => name.includes('toolkit/results/'))
  expect(wrong).toEqual([])
})

test("only a cloud's client.ts, http/sdk.ts and object-sender.ts, its sources, and the actors of the lab, import a cloud SDK", () => {
  const allowed =
    /^src\/(clouds\/[^/]+\/(client\.ts|http\/sdk\.ts|object-sender\.ts|sources\/.+)|lab\/(.+\/)?actors?(\.ts|\/.+))$/
  const sdk = /^(@aws-sdk\/|@smithy\/|@azure\/|@google-cloud\/|google-auth-library)/
  const wrong = sources
    .filter(file => !allowed.test(file))
    .flatMap(file =>
      importsOf(file)
        .filter(name => sdk.test(name))
        .map(name => `${file} imports ${name}`),
    )
  expect(wrong).toEqual([])
})

test('no command loads a cloud SDK, prompts, YAML or the live view before it needs them', () => {
  const lazy = /^(@aws-sdk\/|inquirer|yaml)/
  const eager = /^\s*import\s+(?!type\b)[^'"]*['"]([^'"]+)['"]/gm
  const wrong = sources
    .filter(file => file.startsWith('src/commands/'))
    .flatMap(file => [...read(file).matchAll(eager)].map(([, name = '']) => `${file} imports ${name}`))
    .filter(line => lazy.test(line.split(' imports ')[1] ?? ''))
  expect(wrong).toEqual([])
})

test('files are short, named after what they hold, and free of escape hatches', () => {
  const vague = /(^|[-/])(utils?|helpers?|common|base|managers?|handlers?|misc|services?)\.ts$/
  const wrong = sources.flatMap(file => {
    const text = read(file)
    const lines = text.split('\n').length - 1
    return [
      ...(lines > 300 ? [`${file}: ${lines} lines`] : []),
      ...(vague.test(file) ? [`${file}: says nothing`] : []),
      ...(/^[a-z0-9-]+\.ts$/.test(file.split('/').at(-1) ?? '') ? [] : [`${file}: not in kebab case`]),
      ...(/@ts-(ignore|expect-error|nocheck)|\bas any\b|:\s*any\b/.test(text)
        ? [`${file}: a type escape`]
        : []),
    ]
  })
  expect(wrong).toEqual([])
})

test('every program that we start gets an environment that was chosen for it', () => {
  const calls = sources.flatMap(file =>
    [...read(file).matchAll(/\b(?:spawn|spawnSync|fork|execFile|execFileSync)\([\s\S]*?\}\)/g)].map(
      ([call]) => ({ file, call }),
    ),
  )
  expect(calls.length).toBeGreaterThan(3)
  expect(calls.filter(({ call }) => !/\benv\b/.test(call))).toEqual([])
})

test('no test is skipped or focused, and nothing of ours is mocked', () => {
  const files = globSync('test/**/*.ts', { cwd: root }).filter(file => !file.endsWith('architecture.test.ts'))
  const wrong = files.filter(file => /\b(it|test|describe)\.(only|skip|todo)\b|\bvi\.mock\(/.test(read(file)))
  expect(wrong).toEqual([])
})

test('the package holds what the program needs and its documentation, and depends on what is not bundled', () => {
  const { files, bin, dependencies } = JSON.parse(read('package.json')) as {
    files: string[]
    bin: { [name: string]: string }
    dependencies: { [name: string]: string }
  }
  expect(Object.keys(dependencies)).toEqual(['@cedar-policy/cedar-wasm'])
  expect([...files].sort()).toEqual(
    [
      'bin/run.js',
      'bin/gate.cjs',
      'dist/**/*.d.ts',
      'dist/cli/gate.cjs',
      'dist/cli/gate.cjs.cache',
      'dist/program',
      '!dist/program/*.map',
      'oclif.manifest.json',
      'playbooks',
      'schemas',
      ...['docs', 'examples', 'AGENTS.md', 'CHANGELOG.md'],
    ].sort(),
  )
  expect(Object.values(bin).every(file => files.includes(file))).toBe(true)
})

/** Files that read a clock, wait or draw lots without a `Timing`, and why. */
const CLOCKS: readonly RegExp[] = [
  /^src\/model\/timing\.ts$/,
  // A server that answers like the clouds, and the actors in it: they import nothing of ours, and take clocks as functions.
  /^src\/lab\//,
  // The limit of a decision is the harness's, in real time, and this starts for each tool call: it loads nothing that it can do without.
  /^src\/gate\/(hook|budget)\.ts$/,
  // It looks at the process's own memory, and a sleep of a timing would keep the process alive.
  /^src\/program\/heap\.ts$/,
  // A number that no other refusal of this process has.
  /^src\/gate\/refusal\.ts$/,
]

/** A time limit of a connection (`socket.setTimeout`, `AbortSignal.timeout`) is real, since the network does not go by our clock. */
const CLOCK =
  /(?<!\.)\b(Date\.now|performance\.now|process\.hrtime|setTimeout|setInterval|Math\.random)\b|new Date\(\)|timers\/promises'|'node:timers'/

test('only the timing reads a clock, waits or draws lots', () => {
  const turn = /import \{ setImmediate as \w+ \} from 'node:timers\/promises'/
  const wrong = sources
    .filter(file => !CLOCKS.some(each => each.test(file)))
    .flatMap(file =>
      withoutComments(file)
        .split('\n')
        // A turn of the event loop is no wait.
        .filter(line => CLOCK.test(line) && !turn.test(line))
        .map(line => `${file}: ${line.trim()}`),
    )
  expect(wrong).toEqual([])
})

/** Files that take the machine's clock where nobody hands one in, and why. */
const REAL_CLOCKS: readonly RegExp[] = [
  /^src\/model\/timing\.ts$/,
  // The terminal is a host.
  /^src\/cli\//,
  // The default of a program that imports the package.
  /^src\/toolkit\/host\.ts$/,
  // Names that have to differ between processes, the start of the machine, and the lock of a program that is too short for promises.
  /^src\/store\/(file-steps|lock-holder|boot-id|lock)\.ts$/,
]

test('everything but a host is handed its clock', () => {
  const wrong = sources
    .filter(file => !REAL_CLOCKS.some(each => each.test(file)))
    .filter(file => /\bREAL\b/.test(withoutComments(file)))
  expect(wrong).toEqual([])
})

test('standard streams are written in one place a program: above the lines that move, and also where a stream does not block', () => {
  const own = [
    'src/cli/terminal.ts',
    // Before any line moves.
    'src/program/main.ts',
    // JSON of a watch, beside which no line moves.
    'src/cli/watch-notes.ts',
    // Waits until all is written.
    'src/gate/mcp/proxy.ts',
    'src/gate/output.ts',
  ]
  const writing = /\bprocess\.stdout\.write\(|\bwriteSync\((?:1|2|file, rest)/
  const found = sources.filter(file => !file.startsWith('src/lab/') && writing.test(read(file)))
  expect(found.sort()).toEqual(own.sort())
})
