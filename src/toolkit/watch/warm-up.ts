import { toFault } from '../../model/fault.ts'
import type { Json } from '../../model/json.ts'
import { mergeScope } from '../scope.ts'
import { join } from '../target.ts'
import type { ReactorOptions } from './reactor-options.ts'

/**
 * Loads the clouds' libraries, signs in once where the playbooks would, and out again: the first firing does not wait for
 * what can be done before, and what would be missing in an incident is reported before there is one. Which accounts are reached
 * says whose records count. Never rejects.
 */
export async function warmUp(
  { playbooks, providers, lab, scopeFlags = {}, warn, own, timing, environment }: ReactorOptions,
  signal: AbortSignal,
): Promise<void> {
  const used = new Set([...playbooks.values()].flatMap(({ scope }) => Object.keys(scope)))
  for (const cloud of used) {
    await providers
      .get(cloud)
      ?.warmUp?.()
      .catch((error: unknown) => warn(`${cloud} could not be contained: ${toFault(error).message}`))
  }
  const scopes = new Map<string, { [cloud: string]: Json }>()
  for (const { scope } of playbooks.values()) {
    // Where the inputs say where, only an event can tell.
    for (const [cloud, of] of Object.entries(mergeScope(scope, scopeFlags))) {
      if (JSON.stringify(of).includes('inputs.')) own?.leaveOpen(cloud)
      else scopes.set(JSON.stringify([cloud, of]), { [cloud]: of })
    }
  }
  // At once: a cloud that lets nobody in takes its time to say so.
  await Promise.all([...scopes.values()].map(signInOnce))

  async function signInOnce(scope: { [cloud: string]: Json }): Promise<void> {
    if (signal.aborted) return
    try {
      const joined = await join({
        providers,
        scope,
        lab,
        listen: () => undefined,
        signal,
        timing,
        environment,
      })
      for (const { cloud, account } of joined.world.sessions) own?.add(cloud, account)
      for (const { cloud, account, fault } of joined.world.unreached) {
        if (account === '' || account === 'self') own?.leaveOpen(cloud)
        else own?.add(cloud, account)
        warn(`${cloud} ${account} is not reached, and could not be contained: ${fault.message}`)
      }
      await joined.close()
    } catch (error) {
      for (const cloud of Object.keys(scope)) own?.leaveOpen(cloud)
      if (signal.aborted) return
      warn(`${Object.keys(scope).join(', ')} could not be contained: ${toFault(error).message}`)
    }
  }
}
