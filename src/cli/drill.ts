import { runDrill } from '../drill/drill.ts'
import type { FightRequest } from '../drill/fight.ts'
import { withOrganizationGuard } from '../drill/organization-guard.ts'
import { REAL, timestamp } from '../model/timing.ts'
import { catalogOf, providersOf } from '../toolkit/clouds.ts'
import { givenInputs } from '../toolkit/inputs.ts'
import { readPlaybook } from '../toolkit/playbooks.ts'
import type { DrillResult } from '../toolkit/results/drill.ts'
import { drillEndText, drillStartText, momentText } from '../ui/drill.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { watchInterrupts } from './interrupt.ts'
import { exitWith, print, printAtOnce } from './terminal.ts'

export interface DrillRequest {
  playbook: string
  input?: string[] | undefined
  json: boolean
  tool: string
  /** A deny from the AWS organization stands before each quarantine. */
  organizationGuard?: boolean
  /** The thief fights back. */
  fight?: FightRequest
}

/** The rehearsal is its own result: it is printed on stdout while it goes, or as JSON at the end. */
export async function drill(request: DrillRequest): Promise<void> {
  const providers = await providersOf()
  const read = await readPlaybook(request.playbook, catalogOf(providers))
  const playbook = request.organizationGuard ? withOrganizationGuard(read) : read
  const page = await pageOf(process.stdout, { now: timestamp(REAL) })
  if (!request.json) await print(drillStartText(playbook.name, page, request.fight))
  const interrupt = watchInterrupts()
  // The lab and its folder are taken down whenever it ends.
  interrupt.begin()
  try {
    const report = await runDrill({
      playbook,
      providers,
      inputs: givenInputs(request.input, playbook),
      tool: request.tool,
      timing: REAL,
      signal: interrupt.signal,
      // A thief can use the quota up, too; without one nobody sits out a minute.
      ...(request.fight ? { fight: request.fight, denyQuota: true } : {}),
      ...(request.json ? {} : { moment: moment => printAtOnce(momentText(moment, page)) }),
    })
    await print(request.json ? jsonText(report satisfies DrillResult) : drillEndText(report, page))
    exitWith(report.passed ? 'done' : 'incomplete')
  } finally {
    interrupt.release()
  }
}
