import { backoff } from '../model/backoff.ts'
import { askingAnew } from '../model/purpose.ts'
import { patienceOf, type World } from './world.ts'

/**
 * Looks again, with growing pauses, until a look is enough, patience ends or a Ctrl-C comes. Returns the last look; there is one at
 * least. Rejects as a look does.
 *
 * @param patience milliseconds; the caller's, `patienceOf`, when missing
 */
export async function lookUntil<Look>(
  world: World,
  look: () => Promise<Look>,
  isEnough: (look: Look) => boolean,
  patience = patienceOf(world),
): Promise<Look> {
  const timing = world.timing
  const until = timing.now() + patience
  const waits = backoff({ first: 100, most: 2_000, factor: 1.6, timing })
  for (let isFirst = true; ; isFirst = false) {
    const seen = await (isFirst ? look() : askingAnew(look))
    if (isEnough(seen) || timing.now() >= until || world.signal?.aborted) return seen
    await waits.wait(world.signal)
  }
}
