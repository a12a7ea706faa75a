import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { codexView } from '../../src/gate/install/codex-hooks.ts'
import { REAL } from '../../src/model/timing.ts'
import type { FakeModel, ModelCall, Scenario } from './fake-model.ts'

const root = join(import.meta.dirname, '../..')
const installed = join(root, '.cache/harnesses/node_modules')

/** The discard port, at which nothing listens. */
const NOBODY = 'http://127.0.0.1:9'

/** The harnesses that can be installed from a package registry. */
export type RealName = 'codex' | 'gemini' | 'qwen'

export interface Ended {
  exit: number | null
  stdout: string
  stderr: string
}

/** One harness in a home, a project and an environment of its own, with a model on loopback. */
export class RealHarness {
  readonly name: RealName
  readonly folder: string
  readonly home: string
  readonly project: string
  readonly #model: FakeModel
  readonly env: NodeJS.ProcessEnv
  /** The command that starts the harness, before its own arguments. */
  wrap: readonly string[] = []
  #runs = 0

  constructor(name: RealName, model: FakeModel, folder?: string) {
    this.name = name
    this.#model = model
    this.folder = folder ?? realpathSync(mkdtempSync(join(tmpdir(), `interdict-${name}-`)))
    this.home = join(this.folder, 'home')
    this.project = join(this.folder, 'project')
    mkdirSync(join(this.project, '.git'), { recursive: true })
    this.put('project/secret.txt', 'a secret')
    this.env = {
      PATH: `${dirname(process.execPath)}:${join(installed, '.bin')}:/usr/bin:/bin`,
      HOME: this.home,
      TERM: 'dumb',
      INTERDICT_STATE: join(this.folder, 'state'),
      INTERDICT_CONFIG: join(this.folder, 'config'),
      // Whether a decision is made must not depend on what else this machine does.
      INTERDICT_GATE_SECONDS: '9',
      // Every other address that it wants to reach refuses at once.
      HTTP_PROXY: NOBODY,
      HTTPS_PROXY: NOBODY,
      NO_PROXY: '127.0.0.1,localhost',
      ...ENVIRONMENT[name](model.url),
    }
    SETTINGS[name](this, model.url)
  }

  put(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true })
    writeFileSync(join(this.folder, path), text)
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8')
  }

  /** Whether a tool left this file in the project. */
  ran(file: string): boolean {
    return existsSync(join(this.project, file))
  }

  /** Changes the installed settings, as a person would, and trusts them. */
  async edit(change: (text: string) => string): Promise<void> {
    this.put(`home/${FILES[this.name]}`, change(this.read(`home/${FILES[this.name]}`)))
    if (this.name === 'codex') await this.trust()
  }

  /** The gate's record. */
  decisions(): { [name: string]: unknown }[] {
    return this.read('state/gate/decisions.jsonl')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as { [name: string]: unknown })
  }

  /** Puts the gate in front of it, by our own command, and trusts it where the harness wants that. */
  async install(policy: string, ...flags: string[]): Promise<void> {
    this.put('config/gate.yaml', policy)
    const { exit, stderr } = await this.interdict(
      'gate',
      'install',
      '--harness',
      this.name,
      ...flags,
      '--yes',
    )
    if (exit !== 0) throw new Error(stderr)
    if (this.name === 'codex' && !flags.includes('--system')) await this.trust()
  }

  /** Does what a person does with /hooks in Codex: trusts the hash of each hook as it is now. */
  async trust(): Promise<void> {
    const hooks = await this.hooks()
    const states = hooks.map(
      ({ key, currentHash }) => `[hooks.state."${key}"]\ntrusted_hash = "${currentHash}"\n`,
    )
    const config = this.read('home/.codex/config.toml').replace(/\n\[hooks\.state[\s\S]*$/, '\n')
    this.put('home/.codex/config.toml', `${config}\n${states.join('')}`)
  }

  /** Codex's list of its hooks. */
  async hooks(): Promise<{ key: string; currentHash: string }[]> {
    let found: { key: string; currentHash: string }[] = []
    await codexView(this.project, '', REAL, { env: this.env, seen: result => (found = hooksOf(result)) })
    return found
  }

  interdict(...args: string[]): Promise<Ended> {
    return run(process.execPath, [join(root, 'bin/run.js'), ...args], this.env, this.project)
  }

  /** Lets the model make these calls, one turn each, and waits for the harness to end. */
  async calls(...turns: (ModelCall | readonly ModelCall[])[]): Promise<Ended> {
    this.#runs += 1
    const scenario: Scenario = turns.map(turn => (Array.isArray(turn) ? turn : [turn as ModelCall]))
    const name = `${this.folder.split('-').at(-1)}-${this.#runs}`
    this.#model.play(name, scenario)
    return await this.prompt(`SCENARIO:${name}`)
  }

  async prompt(text: string, ...flags: string[]): Promise<Ended> {
    const [program, ...words] = COMMANDS[this.name]
    const [first = '', ...rest] = [...this.wrap, join(installed, '.bin', program), ...words, ...flags, text]
    return await run(first, rest, this.env, this.project)
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const FILES: { readonly [name in RealName]: string } = {
  codex: '.codex/hooks.json',
  gemini: '.gemini/settings.json',
  qwen: '.qwen/settings.json',
}

const ENVIRONMENT: { readonly [name in RealName]: (url: string) => NodeJS.ProcessEnv } = {
  codex: () => ({ FAKE_KEY: 'x' }),
  gemini: url => ({ GEMINI_API_KEY: 'x', GOOGLE_GEMINI_BASE_URL: url, GEMINI_CLI_NO_RELAUNCH: 'true' }),
  qwen: url => ({ OPENAI_API_KEY: 'x', OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: 'fake' }),
}

const SETTINGS: { readonly [name in RealName]: (harness: RealHarness, url: string) => void } = {
  codex: (harness, url) =>
    harness.put(
      'home/.codex/config.toml',
      `model = "gpt-5.5"
model_provider = "fake"
[model_providers.fake]
name = "fake"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "FAKE_KEY"
[projects."${harness.project}"]
trust_level = "trusted"
`,
    ),
  gemini: harness =>
    harness.put(
      'home/.gemini/settings.json',
      JSON.stringify({
        security: { auth: { selectedType: 'gemini-api-key' } },
        general: { enableAutoUpdate: false },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
      }),
    ),
  qwen: harness =>
    harness.put(
      'home/.qwen/settings.json',
      JSON.stringify({
        security: { auth: { selectedType: 'openai' } },
        general: { enableAutoUpdate: false },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
      }),
    ),
}

const COMMANDS: { readonly [name in RealName]: readonly [string, ...string[]] } = {
  codex: ['codex', 'exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox'],
  gemini: ['gemini', '--skip-trust', '--yolo', '-m', 'gemini-2.5-flash', '-p'],
  qwen: ['qwen', '--yolo', '-p'],
}

function hooksOf(result: unknown): { key: string; currentHash: string }[] {
  const { data } = result as { data: { hooks: { key: string; currentHash: string }[] }[] }
  return data[0]?.hooks ?? []
}

export function run(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', data => (stdout += data))
    child.stderr.on('data', data => (stderr += data))
    child.on('error', reject)
    child.on('close', exit => resolve({ exit, stdout, stderr }))
  })
}

/** Gemini CLI and Qwen Code have their MCP servers in the same file as everything else. */
export function addJsonServer(
  harness: RealHarness,
  name: string,
  [command, ...args]: readonly string[],
): void {
  const path = `home/${FILES[harness.name]}`
  const settings = JSON.parse(harness.read(path)) as object
  harness.put(path, JSON.stringify({ ...settings, mcpServers: { [name]: { command, args, trust: true } } }))
}
