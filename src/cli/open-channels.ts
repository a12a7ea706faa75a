import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { plain } from '../ui/text.ts'
import { foldersOf } from './folders.ts'
import { tell } from './terminal.ts'

/**
 * Names the sessions of agents with these identities that had a program open which their harness can feed without a hook. A
 * hold stops their next calls, and not that program.
 */
export async function tellOpenChannels(
  flags: { state?: string | undefined; config?: string | undefined },
  identities: readonly string[],
): Promise<void> {
  const folders = foldersOf(flags)
  if (!existsSync(join(folders.state, 'gate', 'channels'))) return
  const [{ gateOf }, { allChannels, channelText }] = await Promise.all([
    import('./gate.ts'),
    import('../gate/channels.ts'),
  ])
  const gate = await gateOf({ ...folders })
  for (const channel of allChannels(gate.state, gate.seal)) {
    if (channel.identities.some(id => identities.includes(id)))
      tell(`interdict: ${plain(channelText(channel))}`)
  }
}
