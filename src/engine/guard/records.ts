import type { Recorder } from '../recorder.ts'
import type { OpenSetting } from '../setting-check.ts'
import type { Post } from './post.ts'

/** Where a guard records what it sees. */
export interface Records {
  recorder: Recorder
  /** Milliseconds of the timing's clock. */
  now(): number
  /** RFC 3339; the clock of the target. */
  clock(): string
}

/** Counter-moves that are recorded one by one; of more, one entry a second says how many there were. */
const ONE_BY_ONE = 10
const TOGETHER_MS = 1_000
/**
 * Records counter-moves before they are answered. A long fight is summed up.
 * @param all also what would be summed up with later moves
 */
export async function recordMoves(
  { recorder, now: clock }: Records,
  post: Post,
  moves: readonly OpenSetting[],
  all: boolean,
): Promise<void> {
  const now = clock()
  const due =
    post.moves <= ONE_BY_ONE || post.recordedAt === undefined || now - post.recordedAt >= TOGETHER_MS || all
  if (post.unrecorded === 0 || !due) return
  const count = post.unrecorded
  post.unrecorded = 0
  post.recordedAt = now
  await recorder.record({
    type: 'change.countered',
    key: post.change.key,
    settings: moves.map(({ entry, found }) => ({ entry, ...(found === undefined ? {} : { found }) })),
    count,
  })
}

/**
 * Records how a change stands, if that is news: once it is proven or cannot be, once it is contested, and at the end.
 * @param last it is not looked at again
 */
export async function recordLook({ recorder, clock }: Records, post: Post, last: boolean): Promise<void> {
  const { proof, drift, undone, live, change, moves } = post
  const { key } = change
  if (post.verdict() === 'contested' && change.contested === undefined) {
    const since = new Date(Date.parse(clock()) - post.foughtFor).toISOString()
    await recorder.record({ type: 'change.contested', key, since, count: moves })
  }
  const isWorth = last ? post.looks > 0 : post.answered && !post.isFought
  if (!isWorth) return
  const body = {
    type: 'change.verified' as const,
    key,
    denied: proof.denied,
    // A setting that somebody is undoing at this moment, or that the cloud refused, is not vouched for.
    set: post.set && !post.isFought && change.left.length === 0,
    drift,
    live,
    ...(undone.length > 0 ? { undone } : {}),
    ...(post.set && proof.unprovable ? { unprovable: true as const } : {}),
    ...(proof.because === undefined || proof.denied === 'denied' ? {} : { because: proof.because }),
  }
  const text = JSON.stringify(body)
  if (text === post.recorded) return
  post.recorded = text
  await recorder.record(body)
}
