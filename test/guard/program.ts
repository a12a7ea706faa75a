import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Listed, openStore } from '../../src/journal/store.ts'
import { seededClouds } from '../../src/lab/clouds.ts'
import { startLab } from '../../src/lab/index.ts'
import { type Ended as AnyEnded, endOf, startProgram } from '../programs/run.ts'
import { runWarm } from '../programs/warm.ts'

const PRELOAD = new URL('../system/guard-crash.preload.mjs', import.meta.url).href

export const KEY = 'AKIAIOSFODNN7EXAMPLE'

export const PLAYBOOK = (mode: 'act' | 'propose') => `version: 1
name: key-abused
title: Stop a key that is refused again and again
status: experimental
severity: high
inputs:
  key: { type: string, pattern: "^AKIA[A-Z0-9]{12,60}$", description: id of the key }
scope:
  aws: { accounts: [self] }
limit: { identities: 2, share: 1 }
ttl: 4h
steps:
  - name: the key
    select: identity.kind == "access-key" && identity.name == inputs.key
    interrupt: [disable]
triggers:
  - name: refused
    mode: ${mode}
    when: event.outcome == "denied"
    correlate:
      type: event_count
      group-by: [identity.credential]
      timespan: 10m
      condition: { gte: 3 }
    inputs: { key: event.identity.credential }
`

/** A refused call as CloudTrail tells it ("CloudTrail record contents"). */
export function refusal(id: string, key = KEY): string {
  return JSON.stringify({
    eventVersion: '1.11',
    eventID: id,
    eventTime: new Date(Date.now() - 60_000).toISOString(),
    eventSource: 's3.amazonaws.com',
    eventName: 'ListBuckets',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '203.0.113.9',
    userAgent: 'curl',
    errorCode: 'AccessDenied',
    eventType: 'AwsApiCall',
    eventCategory: 'Management',
    recipientAccountId: '111122223333',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLE',
      arn: 'arn:aws:iam::111122223333:user/ci',
      accountId: '111122223333',
      accessKeyId: key,
      userName: 'ci',
    },
  })
}

export interface Ended extends AnyEnded {
  /** All but the first, which says what is watched. */
  events: { event: string; [name: string]: unknown }[]
  started: { event: 'started'; [name: string]: unknown } | undefined
}

/** Commands that look at journals and ask no cloud. */
const OF_ALL_TARGETS = new Set(['status', 'proposals', 'due'])

/** A lab in this process that enforces at once, and a state folder in which the real program finds it. */
export class Post {
  readonly folder: string
  readonly #lab: Awaited<ReturnType<typeof startLab>>

  private constructor(folder: string, lab: Awaited<ReturnType<typeof startLab>>) {
    this.folder = folder
    this.#lab = lab
  }

  static async open(mode: 'act' | 'propose' = 'act'): Promise<Post> {
    const folder = await mkdtemp(join(tmpdir(), 'interdict-watch-'))
    const lab = await startLab({
      clouds: await seededClouds(undefined, { denyQuota: false }),
      propagationMs: 0,
    })
    await mkdir(join(folder, 'state', 'lab'), { recursive: true })
    const announced = { pid: process.pid, endpoint: lab.endpoint }
    await writeFile(join(folder, 'state', 'lab', 'lab.json'), JSON.stringify(announced))
    await writeFile(join(folder, 'playbook.yaml'), PLAYBOOK(mode))
    return new Post(folder, lab)
  }

  /** Secrets that the program signs in with: none of them may be printed. */
  get secrets(): string[] {
    const { aws, azure, gcp } = this.#lab.responders as { [cloud: string]: { [name: string]: string } }
    const all = [aws?.['secretAccessKey'], aws?.['sessionToken'], azure?.['clientSecret']]
    // A log has the key on many lines, or on one.
    const key = gcp?.['private_key']?.split('\n').slice(1, -2) ?? []
    return [...all, ...key].filter(each => each !== undefined)
  }

  async close(): Promise<void> {
    await this.#lab.close()
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  runs(): Promise<Listed[]> {
    return openStore({ state: this.path('state'), config: this.path('config') }).list()
  }

  #run(args: readonly string[], environment: NodeJS.ProcessEnv) {
    const folders = ['--state', this.path('state'), '--config', this.path('config')]
    return {
      args: [...args, ...(OF_ALL_TARGETS.has(args[0] ?? '') ? [] : ['--lab']), '--json', ...folders],
      cwd: this.folder,
      env: { PATH: process.env['PATH'], HOME: this.folder, ...environment },
    }
  }

  /** Starts a process of its own, which `CRASH_*` of the environment kills; see crash.preload.mjs. */
  start(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const run = this.#run(args, environment)
    const child = startProgram(run, ['--import', PRELOAD])
    return { child, ended: endOf(child, run.args).then(read) }
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], environment: NodeJS.ProcessEnv = {}, input?: string): Promise<Ended> {
    return read(await runWarm({ ...this.#run(args, environment), input }))
  }

  /** Runs `watch` with an empty input, in a process of its own where `CRASH_*` of the environment kills it. */
  async watch(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const all = ['watch', 'playbook.yaml', ...args]
    const isStruck = Object.keys(environment).some(name => name.startsWith('CRASH_'))
    if (!isStruck) return await this.run(all, environment)
    const { child, ended } = this.start(all, environment)
    child.stdin.end()
    return await ended
  }
}

function read({ code, signal, stdout, stderr }: AnyEnded): Ended {
  const lines = stdout.split('\n').filter(line => line.startsWith('{"event"'))
  const all = lines.map(line => JSON.parse(line))
  const [started] = all[0]?.event === 'started' ? all.splice(0, 1) : []
  return { code, signal, stdout, stderr, events: all, started }
}
