import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Seal } from '../store/own-key.ts'
import { sha256 } from '../store/sha256.ts'
import { errno } from './files.ts'

const PURPOSE = 'interdict-gate channel 1'
const NAME = /^[0-9a-f]{32}$/

/**
 * A program that a policy let an agent's session start although the harness can feed it without a hook. Whether it still
 * runs nobody can tell from here.
 */
export interface Channel {
  agent: string
  /** Ids of the identities that the agent acts with. */
  identities: string[]
  harness: string
  session: string
  /** The program, or `a terminal`. */
  program: string
  /** When the last one was allowed. */
  at: string
}

/** Keeps it beside the decisions, sealed, one file for each session of an agent. */
export function noteChannel(state: string, seal: Seal, channel: Channel): void {
  seal.write(PURPOSE, pathOf(state, channel.agent, channel.session), channel)
}

/** Returns the channel recorded for a session, or `undefined` if none is. */
export function channelOfSession(
  state: string,
  seal: Seal,
  agent: string,
  session: string,
): Channel | undefined {
  return seal.read(PURPOSE, pathOf(state, agent, session)) as Channel | undefined
}

/** All that were kept, oldest first. Files that are not ours are left out. */
export function allChannels(state: string, seal: Seal): Channel[] {
  return namesIn(folderOf(state))
    .map(name => seal.read(PURPOSE, join(folderOf(state), name)) as Channel | undefined)
    .filter(channel => channel !== undefined)
    .sort((a, b) => (a.at < b.at ? -1 : 1))
}

/** One line for people. */
export function channelText({ agent, harness, session, program, at }: Channel): string {
  return `session ${session || '(unnamed)'} of agent '${agent}' in ${harness} may have ${program} open since ${at}, which the gate cannot stop: end that session`
}

function folderOf(state: string): string {
  return join(state, 'gate', 'channels')
}

function pathOf(state: string, agent: string, session: string): string {
  return join(folderOf(state), sha256(JSON.stringify([agent, session])).slice(0, 32))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter(name => NAME.test(name))
  } catch (error) {
    if (errno(error) === 'ENOENT') return []
    throw error
  }
}
