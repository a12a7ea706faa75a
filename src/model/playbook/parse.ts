import { Fault } from '../fault.ts'
import type { Catalog, Playbook } from './playbook.ts'
import type { Problem } from './problems.ts'

export interface Checked {
  /** Absent when there is an error among the problems. */
  playbook?: Playbook
  problems: Problem[]
}

/** Checks a playbook's YAML text against the catalog; every problem with its line and column. */
export function checkPlaybook(source: string, file: string, catalog: Catalog): Checked {
  throw new Fault('bug', `not built yet: ${file} ${source.length} ${catalog.clouds.length}`)
}

/** The playbook, or a Fault `invalid-playbook` with the first problem. */
export function parsePlaybook(source: string, file: string, catalog: Catalog): Playbook {
  throw new Fault('bug', `not built yet: ${file} ${source.length} ${catalog.clouds.length}`)
}

/** The kinds that have to be listed to evaluate every `select`; undefined when one does not restrict them. */
export function kindsNeeded(playbook: Playbook, catalog: Catalog): string[] | undefined {
  throw new Fault('bug', `not built yet: ${playbook.name} ${catalog.clouds.length}`)
}
