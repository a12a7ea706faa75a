import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { clouds } from '../../src/clouds/index.ts'
import { Guard } from '../../src/guard/guard.ts'
import type { Note } from '../../src/guard/ports.ts'
import { openSeals } from '../../src/journal/seals.ts'
import { openStore } from '../../src/journal/store.ts'
import { seededClouds } from '../../src/lab/clouds.ts'
import { type Lab, startLab } from '../../src/lab/index.ts'
import { type QueueLab, startQueues } from '../../src/lab/queues/index.ts'
import type { Json } from '../../src/model/json.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import type { Playbook } from '../../src/model/playbook/playbook.ts'
import { REAL } from '../../src/model/timing.ts'
import { parseMappings, parseTokenIssuers } from '../../src/signals/index.ts'
import { openSource } from '../../src/sources/index.ts'
import { actorOf } from '../../src/store/actor.ts'
import { catalogOf, providersOf } from '../../src/toolkit/clouds.ts'
import { sealCheck } from '../../src/toolkit/watch/gate-seal.ts'
import { judgeOf, type RecordReading } from '../../src/toolkit/watch/judge.ts'
import { OwnAccounts } from '../../src/toolkit/watch/own-accounts.ts'
import { reactorOf } from '../../src/toolkit/watch/reactor.ts'
import { formattedSource } from '../../src/toolkit/watch/source-formats.ts'
import { warmUp } from '../../src/toolkit/watch/warm-up.ts'
import { queues, reader } from '../signals/reader.ts'

const PLAYBOOKS = {
  aws: {
    scope: 'aws: { accounts: [self] }',
    input: '{ type: string, pattern: "^AKIA[A-Z0-9]{12,60}$", description: key }',
    select: 'identity.kind == "access-key" && identity.name == inputs.who',
    when: 'event.identity.credential.startsWith("AKIA")',
    value: 'event.identity.credential',
    interrupt: 'disable',
  },
  gcp: {
    scope: 'gcp: { projects: [self] }',
    input: '{ type: string, description: account }',
    select: 'identity.kind == "service-account" && identity.name == inputs.who',
    when: 'event.identity.kind == "service-account"',
    value: 'event.identity.name',
    interrupt: 'gcp.service-account.disable',
  },
  azure: {
    scope: 'azure: { subscriptions: [all] }',
    input: '{ type: string, description: object id }',
    select: 'identity.kind == "service-principal" && identity.name == inputs.who',
    when: 'event.identity.id.startsWith("azure:")',
    value: 'event.identity.id.split("/")[1]',
    interrupt: 'disable',
  },
}

/** Any single event contains its identity: what does not fire here fires nowhere. */
const TOUCHY = Object.entries(PLAYBOOKS).map(
  ([cloud, { scope, input, select, when, value, interrupt }]) => `version: 1
name: touchy-${cloud}
title: Contain at the first word
status: test
severity: low
inputs:
  who: ${input}
scope: { ${scope} }
protect: ['false']
limit: { identities: 5, share: 1 }
ttl: 1h
steps:
  - name: it
    select: ${select}
    interrupt: [${interrupt}]
triggers:
  - name: anything
    when: ${when}
    inputs: { who: '${value}' }
    mode: act
`,
)

export interface Watching {
  mapping?: string
  tokens?: string
  maxAge?: number
  /** No cloud has let us in, so that nobody knows which accounts are ours. */
  isUnknown?: true
}

/** The real sources, judge, guard and reactor over a lab of all clouds, with playbooks that act on any single event. */
export class Watchpost {
  readonly folder: string
  readonly lab: Lab
  readonly queues: QueueLab
  readonly #playbooks: readonly Playbook[]
  readonly #providers: Awaited<ReturnType<typeof providersOf>>
  readonly #own = new OwnAccounts(clouds)
  #watches = 0

  private constructor(
    folder: string,
    lab: Lab,
    queues: QueueLab,
    providers: Awaited<ReturnType<typeof providersOf>>,
  ) {
    this.folder = folder
    this.lab = lab
    this.queues = queues
    this.#providers = providers
    this.#playbooks = TOUCHY.map(text => parsePlaybook(text, 'touchy.yaml', catalogOf(providers)))
  }

  static async open(): Promise<Watchpost> {
    const folder = await mkdtemp(join(tmpdir(), 'interdict-post-'))
    const lab = await startLab({ clouds: await seededClouds(), propagationMs: 0 })
    const queues = await startQueues({ longestWaitMs: 5 })
    const post = new Watchpost(folder, lab, queues, await providersOf())
    await mkdir(post.state)
    await warmUp(await post.#acting(), new AbortController().signal)
    return post
  }

  async close(): Promise<void> {
    await Promise.all([this.lab.close(), this.queues.close()])
    await rm(this.folder, { recursive: true, force: true })
  }

  get config(): string {
    return join(this.folder, 'config')
  }

  /** Each watch has a state folder of its own, so that what an earlier one did is not known. */
  get state(): string {
    return join(this.folder, `state-${this.#watches}`)
  }

  /** A file of these lines. */
  async file(name: string, lines: readonly string[]): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, lines.map(line => `${line}\n`).join(''))
    return `file:${path}`
  }

  /** A queue of this cloud with these messages. */
  queue(kind: 'sqs' | 'pubsub' | 'azqueue', bodies: readonly string[]): string {
    const name = `q${this.#watches}`
    const { endpoint } = this.queues
    const queue = this.queues.queue(name)
    for (const body of bodies) queue.put(kind === 'azqueue' ? Buffer.from(body).toString('base64') : body)
    if (kind === 'sqs') return `sqs:${endpoint}/111122223333/${name}`
    if (kind === 'pubsub') return `pubsub:projects/p/subscriptions/${name}`
    return `azqueue:${endpoint}/devstoreaccount1/${name}?sv=2024-08-04&sp=pu&se=2999-01-01T00:00:00Z&sig=c2VjcmV0`
  }

  /** Watches a source to its end, in a state folder of its own, and returns what it noted. */
  async watch(
    given: string,
    { mapping, tokens, maxAge = 86_400_000, isUnknown }: Watching = {},
  ): Promise<Note[]> {
    this.#watches++
    await mkdir(this.state)
    const notes: Note[] = []
    const reading: RecordReading = {
      reader,
      ...(mapping === undefined ? {} : { mappings: parseMappings(mapping, 'mapping.yaml') }),
      ...(tokens === undefined ? {} : { tokens: parseTokenIssuers(tokens, 'tokens.yaml') }),
      isSealed: sealCheck(this.config),
      isOurs: (cloud, account) => (isUnknown ? undefined : this.#own.isOurs(cloud, account)),
    }
    const { source: named, from } = formattedSource(given, {
      reader,
      mappings: (reading.mappings ?? []).map(({ name }) => name),
      tokens: tokens !== undefined,
      state: this.state,
    })
    const source = await openSource(named, {
      timing: REAL,
      once: true,
      follow: false,
      tell: text => notes.push({ event: 'problem', message: text }),
      positions: {},
      queues,
      input: Readable.from([]),
      environment: { PUBSUB_EMULATOR_HOST: this.queues.endpoint.replace('http://', '') },
      poll: 1,
    })
    const reactor = await reactorOf(await this.#acting())
    const guard = await Guard.open(
      {
        folder: await openSeals({ state: this.state, config: this.config }).folder('watch'),
        judge: judgeOf(this.#playbooks, reading, undefined, undefined, {
          provenance: new Map([[source.name, from]]),
          maxAge,
          timing: REAL,
        }),
        reactor,
        note: note => notes.push(note),
        notify: async () => undefined,
        mode: 'act',
        ceiling: 100,
        triggers: 1,
        timing: REAL,
      },
      { judge: undefined, positions: {} },
    )
    try {
      await guard.run([source], new AbortController().signal)
    } finally {
      await source.close()
      await reactor.endGuards()
    }
    return notes
  }

  async #acting() {
    return {
      timing: REAL,
      folders: { state: this.state, config: this.config },
      store: openStore({ state: this.state, config: this.config }),
      playbooks: new Map(this.#playbooks.map(each => [each.name, each])),
      providers: this.#providers,
      lab: {
        id: this.lab.id,
        endpoint: this.lab.endpoint,
        credentials: this.lab.responders as { [cloud: string]: Json },
        propagation: this.lab.propagationMs,
        now: () => this.lab.clock.now(),
        advance: async (seconds: number) => this.lab.clock.advance(seconds),
        reset: () => this.lab.reset(),
        close: async () => undefined,
      },
      tool: 'test',
      own: this.#own,
      // Each run waits until the clouds enforce it.
      once: true,
      warn: () => undefined,
      actor: actorOf(),
      news: () => undefined,
    }
  }
}
