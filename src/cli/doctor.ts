import { REAL, timestamp } from '../model/timing.ts'
import { type DiagnosisRequest, diagnose } from '../toolkit/diagnosis.ts'
import type { DoctorResult } from '../toolkit/results/doctor.ts'
import { doctorText } from '../ui/doctor.ts'
import { jsonText } from '../ui/json.ts'
import { pageOf } from '../ui/page.ts'
import { answer } from './ask.ts'
import { exitOfDiagnosis } from './exit-code.ts'
import { plainHost } from './host.ts'
import type { RunFlags } from './run-flags.ts'
import { exitWith, print } from './terminal.ts'

interface DoctorFlags extends RunFlags, Omit<DiagnosisRequest, 'node'> {
  tool: string
}

/** `doctor`: prints who we are in each cloud and what is missing. */
export async function doctor(flags: DoctorFlags): Promise<void> {
  const host = plainHost(flags, flags.tool)
  host.answer = question => answer(question, flags.yes === true)
  const diagnosed = await diagnose(host, { ...flags, node: process.version })
  const { diagnosis } = diagnosed
  await print(
    flags.json
      ? jsonText(diagnosis satisfies DoctorResult)
      : doctorText(diagnosis, await pageOf(process.stdout, { now: timestamp(REAL) })),
  )
  exitWith(exitOfDiagnosis(diagnosed, flags.playbook !== undefined))
}
