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
    return [...startup(root, env), ...(await latency(root, env, home))]
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
