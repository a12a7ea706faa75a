import { clouds } from '../clouds/index.ts'
import { runCase } from '../drill/case.ts'
import { CASES, type IncidentCase } from '../drill/cases.ts'
import { Fault } from '../model/fault.ts'
import type { Playbook } from '../model/playbook/playbook.ts'
import { REAL, timestamp } from '../model/timing.ts'
import { catalogOf, providersOf } from '../toolkit/clouds.ts'
import { readPlaybook } from '../toolkit/playbooks.ts'
import type { CaseResult, CasesResult } from '../toolkit/results/drill.ts'
import { caseEndText, caseMomentText, caseStartText, casesEndText } from '../ui/drill.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { watchInterrupts } from './interrupt.ts'
import { exitWith, print, printAtOnce } from './terminal.ts'

export interface CasesRequest {
  /** All of them when absent. */
  number?: number | undefined
  json: boolean
  tool: string
}

/** `drill --case N` and `drill --cases`: from a record of the cloud's log to the restore, with nobody asked. */
export async function drillCases({ number, json, tool }: CasesRequest): Promise<void> {
  const wanted = number === undefined ? CASES : CASES.filter(each => each.number === number)
  if (wanted.length === 0) {
    throw new Fault('usage', `there is no case ${number}`, {
      where: '--case',
      next: 'use a number from 1 to 5',
    })
  }
  const providers = await providersOf()
  const page = await pageOf(process.stdout, { now: timestamp(REAL) })
  const reports: CaseResult[] = []
  const interrupt = watchInterrupts()
  // The lab and its folder are taken down whenever it ends.
  interrupt.begin()
  const { signal } = interrupt
  try {
    for (const incident of wanted) {
      if (signal.aborted) throw new Fault('interrupted', 'interrupted')
      const playbook = acting(await readPlaybook(incident.playbook, catalogOf(providers)), incident)
      if (!json) await print(caseStartText(incident, page))
      const moment = (at: CaseResult['timeline'][number]) => printAtOnce(caseMomentText(at, page))
      const report = await runCase({
        of: incident,
        playbook,
        clouds,
        providers,
        tool,
        timing: REAL,
        signal,
        ...(json ? {} : { moment }),
      })
      reports.push(report)
      if (!json) await print(caseEndText(report, page))
    }
  } finally {
    interrupt.release()
  }
  const result: CasesResult | CaseResult | undefined = number === undefined ? { cases: reports } : reports[0]
  if (json) await print(jsonText(result))
  else if (reports.length > 1) await print(casesEndText(reports, page))
  exitWith(reports.every(({ passed }) => passed) ? 'done' : 'incomplete')
}

/** In a rehearsal every trigger may act, also one that only proposes as it is shipped. */
function acting(playbook: Playbook, of: IncidentCase): Playbook {
  const { triggers = [] } = playbook
  if (triggers.length === 0) {
    throw new Fault('usage', `${of.playbook} has no triggers, so nothing would start it`, {
      where: playbook.file,
    })
  }
  return { ...playbook, triggers: triggers.map(each => ({ ...each, mode: 'act' })) }
}
