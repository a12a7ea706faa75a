import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

const ROUNDS = 101
const CALLS = 4_000
const POLICY = `
version: 1
agents: { refunds: { identity: "aws:111122223333:role/refunds" } }
rules:
  - { name: reading, effect: allow, tools: [Read, "files/read_*"] }
  - name: shell
    effect: allow
    when: tool == "Bash" && !args.command.contains("rm -rf") && (args.command.startsWith("git ") || args.command == "ls")
`
const call = command =>
  JSON.stringify({
    session_id: 's',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command },
  })

const at = (numbers, share) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * share)]
const ms = number => `${number.toFixed(number < 10 ? 2 : 0)} ms`

/** A hook's whole life against bare Node's, and what the MCP proxy adds to a call of a real server. */
export async function gate(root) {
  const home = mkdtempSync(join(tmpdir(), 'interdict-bench-'))
  mkdirSync(join(home, 'config'))
  writeFileSync(join(home, 'config/gate.yaml'), POLICY)
  writeFileSync(join(home, 'file.txt'), 'x'.repeat(1_000))
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    INTERDICT_STATE: join(home, 'state'),
    INTERDICT_CONFIG: join(home, 'config'),
  }
  try {
    return [...startup(root, env), worst(root, env), ...(await latency(root, env, home))]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function startup(root, env) {
  const hook = [join(root, 'bin/gate.cjs'), 'hook', '--harness', 'claude', '--agent', 'refunds']
  const programs = {
    node: [['-e', '0'], ''],
    allowed: [hook, call('git status')],
    refused: [hook, call('rm -rf /')],
  }
  const took = { node: [], allowed: [], refused: [] }
  for (let round = 0; round <= ROUNDS; round += 1) {
    // In turn, so that a busy moment hits all alike.
    for (const [name, [args, input]] of Object.entries(programs)) {
      const begun = performance.now()
      const { status, stderr } = spawnSync(process.execPath, args, { env, input, encoding: 'utf8' })
      if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
      // The first round compiles the policy.
      if (round > 0) took[name].push(performance.now() - begun)
    }
  }
  return ['allowed', 'refused'].map(name => {
    const ratios = took[name].map((each, round) => each / took.node[round])
    const [least, bare] = [Math.min(...took[name]), Math.min(...took.node)]
    return [
      `\`interdict-gate hook\`, ${name}: start, judge, seal, answer`,
      `${at(ratios, 0.5).toFixed(2)} × bare node at p50 of ${ROUNDS} pairs, ${(least / bare).toFixed(2)} × at best (${ms(least)} against ${ms(bare)})`,
    ]
  })
}

const items = length => Array.from({ length }, (_, n) => n)
const rules = (count, when) =>
  `version: 1\nrules:\n${items(count)
    .map(n => `  - { name: r${n}, effect: ${n % 2 ? 'allow' : 'deny'}, when: '${when}' }\n`)
    .join('')}`
/** Policy and arguments; each takes from seconds to years where nothing ends it. */
const HOSTILE = {
  'loops in loops in 12 rules': [
    rules(12, 'args.l.exists(x, args.l.exists(y, x == -1 && y == -2))'),
    { l: items(1_900) },
  ],
  '500 rules with loops': [rules(500, 'args.l.exists(x, x == -1)'), { l: items(90_000) }],
  'long texts in a longer one': [
    rules(50, 'args.t.contains(args.p)'),
    { t: 'a'.repeat(400_000), p: `${'a'.repeat(9_999)}b${'a'.repeat(9_999)}` },
  ],
  'stars in a long text': [
    rules(50, 'glob(args.t, args.p)'),
    { t: 'a'.repeat(100_000), p: '*ab'.repeat(9_000) },
  ],
  'hard patterns in a long text': [
    rules(50, 'args.t.matches("(?i)a[ab]{300}.{300}c")'),
    { t: 'ab'.repeat(200_000) },
  ],
  'lists that CEL makes of texts': [
    rules(3, 'args.t.split("").exists(x, args.t.split("").exists(y, x + y == "bb"))'),
    { t: 'a'.repeat(500_000) },
  ],
  '250 paths, and links': [
    rules(20, 'args.l.all(p, path(p).within("/usr"))'),
    { l: items(250).map(n => `/proc/self/root/proc/self/root/usr/${n}`) },
  ],
}

/** The longest life of a hook whose decision is not worth its time. */
function worst(root, env) {
  const hook = [join(root, 'bin/gate.cjs'), 'hook', '--harness', 'claude', '--agent', 'refunds', '--policy']
  let most = { name: '', took: 0 }
  for (const [name, [policy, args]] of Object.entries(HOSTILE)) {
    const path = join(env.INTERDICT_CONFIG, 'hostile.yaml')
    writeFileSync(path, policy)
    const input = JSON.stringify({ ...JSON.parse(call('')), tool_input: args })
    for (let round = 0; round < 3; round += 1) {
      const begun = performance.now()
      const { status, stdout } = spawnSync(process.execPath, [...hook, path], {
        env,
        input,
        encoding: 'utf8',
      })
      const took = performance.now() - begun
      if (status !== 2 && !stdout.includes('"deny"'))
        throw new Error(`${name}: ended with ${status}: ${stdout}`)
      if (took > most.took) most = { name, took }
    }
  }
  return [
    `\`interdict-gate hook\`, worst of ${Object.keys(HOSTILE).length} hostile policies and inputs, all refused`,
    `${ms(most.took)} from start to answer (${most.name}); the budget is 2 s`,
  ]
}

async function latency(root, env, home) {
  const manifest = createRequire(import.meta.url).resolve(
    '@modelcontextprotocol/server-filesystem/package.json',
  )
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  const server = [join(dirname(manifest), Object.values(bin)[0]), home]
  const proxied = [
    join(root, 'bin/gate.cjs'),
    'mcp',
    '--server',
    'files',
    '--agent',
    'refunds',
    '--',
    process.execPath,
  ]
  const direct = await session(server, env)
  const gated = await session([...proxied, ...server], env)
  const took = { direct: [], gated: [] }
  const path = join(home, 'file.txt')
  for (let n = 0; n < CALLS; n += 1) {
    took.direct.push(await direct.call('read_text_file', { path }))
    took.gated.push(await gated.call('read_text_file', { path }))
  }
  direct.end()
  gated.end()
  const pairs = took.gated.map((each, n) => each - took.direct[n])
  return [
    [
      `MCP proxy, ${CALLS} calls of server-filesystem, each judged and sealed`,
      `adds ${ms(at(pairs, 0.5))} at p50, ${ms(at(pairs, 0.95))} at p95, ${ms(at(pairs, 0.99))} at p99 of the pairs (p99 direct ${ms(at(took.direct, 0.99))}, through it ${ms(at(took.gated, 0.99))})`,
    ],
  ]
}

/** A client that only does what is measured. */
async function session(args, env) {
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let id = 0
  const ask = async (method, params) => {
    id += 1
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`${args.join(' ')} ended`)
      const message = JSON.parse(value)
      if (message.id === id && !message.method) return message
    }
  }
  const clientInfo = { name: 'bench', version: '1' }
  await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo })
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`)
  return {
    async call(name, params) {
      const begun = performance.now()
      const { result } = await ask('tools/call', { name, arguments: params })
      if (!result || result.isError) throw new Error(`the call was refused: ${JSON.stringify(result)}`)
      return performance.now() - begun
    },
    end: () => child.kill(),
  }
}
