/**
 * The code of today, as the fixtures need it: the only file of this folder that imports from src. When files of src move,
 * this one changes, and the fixtures and their tests stay as they are.
 */
import type { KeyObject } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Config } from '@oclif/core'
import { SEAL } from '../../src/approval/namespaces.ts'
import { ed25519Blob, sshKeyText } from '../../src/approval/ssh-key.ts'
import { gateOf } from '../../src/cli/gate.ts'
import { decide } from '../../src/gate/gate.ts'
import { checkLedger } from '../../src/gate/ledger-check.ts'
import { Pins } from '../../src/gate/mcp/pins.ts'
import { openStore } from '../../src/journal/store.ts'
import type { LabCloud } from '../../src/lab/cloud.ts'
import { seededClouds } from '../../src/lab/clouds.ts'
import { type FaultRule, type Lab, startLab } from '../../src/lab/index.ts'
import type { Entry } from '../../src/model/entry.ts'
import { formerName } from '../../src/model/run/former-settings.ts'
import { isOwed } from '../../src/model/run/held-settings.ts'
import { isOpen } from '../../src/model/run/replay.ts'
import type { RunState } from '../../src/model/run/state.ts'
import { providersOf } from '../../src/toolkit/clouds.ts'

export { startActors } from '../../src/lab/actors/index.ts'
export type { Entry, FaultRule, Lab, RunState }
export { isOpen, isOwed }

/** A lab with the seeds of some clouds, which may be changed before it starts. */
export async function openLabOf({
  clouds: names,
  armed = [],
  denyQuota = false,
  change,
  propagationMs = 0,
  record,
}: {
  clouds: readonly string[]
  armed?: readonly string[]
  denyQuota?: boolean
  change?: (estates: { [cloud: string]: unknown }) => void
  propagationMs?: number
  record?: (operation: string) => void
}): Promise<Lab> {
  const clouds = await seededClouds(names, { armed, denyQuota })
  if (change) {
    const lab = await startLab({ clouds, propagationMs })
    const estates = Object.fromEntries(clouds.map(each => [each.cloud, structuredClone(each.estate())]))
    await lab.close()
    change(estates)
    for (const each of clouds) openWith(each, estates[each.cloud])
  }
  return await startLab({
    clouds,
    propagationMs,
    ...(record ? { record: ({ operation }) => record(operation) } : {}),
  })
}

/** Makes a cloud of the lab begin with an estate in place of its seed. */
function openWith(cloud: LabCloud, estate: unknown): void {
  const open = cloud.open.bind(cloud)
  cloud.open = (shared, kept) => open(shared, kept ?? estate)
}

/**
 * A lab with the id and the estates that a fixture recorded, announced to the commands of a state folder. The file of the
 * lab of the first fixtures had version 2; should the lab come to keep its estates in another form, they are converted here.
 */
export async function openKeptLab(
  state: string | undefined,
  id: string,
  estates: { [cloud: string]: unknown },
): Promise<Lab> {
  const folder = state === undefined ? mkdtempSync(join(tmpdir(), 'interdict-lab-')) : join(state, 'lab')
  const file = join(folder, 'estate.json')
  writeFileSync(file, JSON.stringify({ version: 2, id, clockOffset: 0, estates }), { mode: 0o600 })
  const clouds = await seededClouds(Object.keys(estates), { denyQuota: false })
  const lab = await startLab({ clouds, propagationMs: 0, file, keepWithinMs: 60_000 })
  const announced = { pid: process.pid, endpoint: lab.endpoint }
  writeFileSync(join(folder, 'lab.json'), JSON.stringify(announced), { mode: 0o600 })
  return lab
}

const COMMANDS = {
  contain: () => import('../../src/commands/contain.ts'),
  resume: () => import('../../src/commands/resume.ts'),
  restore: () => import('../../src/commands/restore.ts'),
  status: () => import('../../src/commands/status.ts'),
  verify: () => import('../../src/commands/verify.ts'),
  watch: () => import('../../src/commands/watch.ts'),
} as const

/** A command's output and exit code. */
export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

/** Runs a command in this process, as `interdict NAME ARGUMENTS`. One at a time: it prints where the process prints. */
export async function interdict(name: keyof typeof COMMANDS, args: readonly string[]): Promise<Outcome> {
  const { default: Command } = await COMMANDS[name]()
  const config = await Config.load({ root: fileURLToPath(new URL('../..', import.meta.url)) })
  const outcome: Outcome = { code: 0, stdout: '', stderr: '' }
  const releases = [
    captured(process.stdout, text => {
      outcome.stdout += text
    }),
    captured(process.stderr, text => {
      outcome.stderr += text
    }),
  ]
  const exitCode = process.exitCode
  process.exitCode = undefined
  try {
    await Command.run([...args], config)
    outcome.code = Number(process.exitCode ?? 0)
  } finally {
    for (const release of releases) release()
    process.exitCode = exitCode
  }
  return outcome
}

/** Reads what is written to a stream, in place of whoever reads it otherwise; returns what ends that. */
function captured(stream: NodeJS.WriteStream, take: (text: string) => void): () => void {
  const write = stream.write
  stream.write = (data: string | Uint8Array, ...more: unknown[]): boolean => {
    take(String(data))
    for (const each of more) if (typeof each === 'function') each()
    return true
  }
  return () => {
    stream.write = write
  }
}

/** Folders of the runs and of the keys. */
export interface Folders {
  state: string
  config: string
}

/** A run of which every signature and every link of the chain was checked. @throws Fault `damaged`, `tampered` */
export async function readRun(folders: Folders, run: string): Promise<{ entries: Entry[]; state: RunState }> {
  return await openStore(folders).read(run)
}

/** Runs of a state folder, oldest first, and why others cannot be believed. */
export async function listRuns(
  folders: Folders,
): Promise<({ run: string; unseen: boolean } | { run: string; fault: string })[]> {
  const listed = await openStore(folders).list()
  return listed.map(each =>
    'state' in each
      ? { run: each.run, unseen: each.unseen === true }
      : { run: each.run, fault: each.fault.code },
  )
}

/** Decisions on record, oldest first, and what is wrong with the record; `note`: what is to be known of one that is whole. */
export async function gateRecord(folders: Folders): Promise<{ decisions: string[]; flaws: string[] }> {
  const gate = await gateOf({ ...folders })
  const checked = [...checkLedger(gate, gate.seal)]
  return {
    decisions: checked.flatMap(({ entry }) =>
      entry === undefined ? [] : [`${entry.agent} ${entry.tool} ${entry.effect} ${entry.because}`],
    ),
    flaws: checked.flatMap(({ flaw }) => (flaw === undefined ? [] : [flaw])),
  }
}

/** Decides a call of a tool by the policy in the configuration, and records it: \`<effect> <because>\`. */
export async function gateDecision(folders: Folders, agent: string, tool: string): Promise<string> {
  const call = { harness: 'claude', agent, session: 's-2', tool, server: '', args: {}, cwd: '/w' } as const
  const { effect, because } = await decide(await gateOf({ ...folders }), call)
  return `${effect} ${because}`
}

/** Tools of a server whose definitions are pinned, and whether each has changed since. */
export async function gatePins(folders: Folders, server: string): Promise<{ [tool: string]: boolean }> {
  const { state, seal } = await gateOf({ ...folders })
  const pinned = new Pins(state, server, seal).list()
  return Object.fromEntries(pinned.map(({ name, changed }) => [name, changed !== undefined]))
}

/** The interruptions of all clouds, by id. */
export async function interruptionIds(): Promise<string[]> {
  const providers = await providersOf()
  return [...providers.values()].flatMap(({ interruptions }) => interruptions.map(({ id }) => id)).sort()
}

/** The interruptions whose switch format 1 calls by another name than `enabled`, by id. */
export async function interruptionsWithFormerNames(): Promise<string[]> {
  return (await interruptionIds()).filter(id => formerName(id, 'enabled') !== undefined)
}

/** The line by which a list of signers says whose machine seals with a key. */
export function signerLine(principal: string, key: KeyObject): string {
  return `${principal} namespaces="${SEAL}" ${sshKeyText({ type: 'ssh-ed25519', blob: ed25519Blob(key) })}`
}
