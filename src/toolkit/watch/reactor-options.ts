import type { GuardNews } from '../../engine/index.ts'
import type { Store } from '../../journal/store.ts'
import type { Playbook } from '../../model/playbook/playbook.ts'
import type { Provider } from '../../model/provider.ts'
import type { Host } from '../host.ts'
import type { OpenLab } from '../open-lab.ts'
import type { ScopeFlags } from '../scope-settings.ts'
import type { OwnAccounts } from './own-accounts.ts'

/** The parts that a reactor works with. */
export interface ReactorOptions
  extends Pick<Host, 'folders' | 'actor' | 'tool' | 'warn' | 'timing'>,
    Partial<Pick<Host, 'environment' | 'during' | 'house'>> {
  store: Store
  playbooks: ReadonlyMap<string, Playbook>
  providers: ReadonlyMap<string, Provider>
  lab: OpenLab | undefined
  /** In place of what the playbooks' scopes say. */
  scopeFlags?: ScopeFlags
  /** Takes the accounts that the watch reaches. */
  own?: OwnAccounts
  /** Seconds for which each run is guarded; none: until the clouds enforce it. */
  guard?: number | undefined
  /** The watch ends when its sources are drained, so each run waits until the clouds enforce it. */
  once?: boolean
  /** Takes counter-moves on a run that is guarded. */
  news(run: string, news: GuardNews): void
}
