import { withEntries } from '../../model/facet.ts'
import { toFault } from '../../model/fault.ts'
import type { Timing } from '../../model/timing.ts'
import { type Recorder, stopsTheRun } from '../recorder.ts'
import { contextInPlace, type OpenSetting } from '../setting-check.ts'
import type { World } from '../world.ts'
import type { Post } from './post.ts'

/**
 * Writes settings again that do not read as ours. Grants that were given again are taken away first, as one write. Several denies of one
 * identity go in random order, spread over the time until the next look: an attacker who removes them one after the other must not
 * find them all at the same moment. Where one thing of the cloud holds the settings of several identities, they are one
 * write. Of a write that fails, each setting is tried by itself; what fails then is tried again at the next look.
 */
export async function writeAgain(
  world: World,
  recorder: Recorder,
  post: Post,
  open: readonly OpenSetting[],
  timing: Timing,
): Promise<void> {
  const { change, interruption, session } = post
  if (change.held.length === 0) await holdNow(recorder, post, open)
  const given = open.filter(({ wanted }) => wanted === undefined)
  const ours = open.filter(({ wanted }) => wanted !== undefined)
  const groups = interruption.together
    ? [[...open]]
    : [given, ...shuffled(ours, timing).map(each => [each])].filter(({ length }) => length > 0)
  const pause = groups.length > 1 ? post.spread / groups.length : 0
  const attempt = async (group: OpenSetting[]): Promise<boolean> => {
    const from = post.reading?.facet ?? {}
    const context = contextInPlace(world, change, recorder.state.run)
    try {
      await interruption.write(session.client, from, post.mended(group), context)
      post.wrote(group.map(({ entry }) => entry))
      return true
    } catch (error) {
      const fault = toFault(error)
      if (stopsTheRun(fault)) throw error
      post.proof = { ...post.proof, because: `could not be written again: ${fault.message}` }
      return false
    }
  }
  for (const [at, group] of groups.entries()) {
    if (at > 0) await timing.sleep(pause, world.signal)
    if (world.signal?.aborted) return
    if ((await attempt(group)) || group.length === 1 || interruption.together) continue
    for (const each of group) await attempt([each])
  }
}

/**
 * Holds settings that were so before us and no longer are. A restore gives back the value from before us,
 * not what somebody made of it meanwhile.
 */
async function holdNow(
  recorder: Recorder,
  { change, reading }: Post,
  open: readonly OpenSetting[],
): Promise<void> {
  const { key, identity } = change
  const wanted = withEntries(
    {},
    open.map(({ entry, wanted }) => [entry, wanted]),
  )
  await recorder.record({
    type: 'change.intended',
    key,
    uid: reading?.uid ?? identity.uid,
    before: wanted,
    after: wanted,
    joined: open.map(({ entry }) => entry),
  })
  await recorder.record({ type: 'change.written', key })
}

function shuffled<Item>(items: readonly Item[], timing: Timing): Item[] {
  const all = [...items]
  for (let at = all.length - 1; at > 0; at--) {
    const other = Math.floor(timing.random() * (at + 1))
    const [a, b] = [all[at], all[other]]
    if (a === undefined || b === undefined) continue
    all[at] = b
    all[other] = a
  }
  return all
}
