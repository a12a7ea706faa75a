import { HARNESSES, type Harness } from '../gate/call.ts'
import { codexView } from '../gate/install/codex-hooks.ts'
import { type Diagnosis, diagnose } from '../gate/install/diagnosis.ts'
import { REAL } from '../model/timing.ts'
import type { GateDoctorResult } from '../toolkit/results/gate.ts'
import { plain } from '../ui/text.ts'
import { harnessOf } from './gate-install.ts'
import { exitWith, print, tell } from './terminal.ts'

/**
 * Says for each harness whether the gate is called in this folder, and what switches it off. Ends with 4 where it is
 * installed and not called, or where a harness was named and it is not installed.
 */
export async function gateDoctor(flags: { harness?: string | undefined; json?: boolean }): Promise<void> {
  const folder = process.cwd()
  const chosen: readonly Harness[] = flags.harness === undefined ? HARNESSES : [harnessOf(flags.harness)]
  const all: Diagnosis[] = []
  for (const harness of chosen) {
    const diagnosis = diagnose(harness, folder, process.env)
    if (harness === 'codex') await addTrust(diagnosis, folder)
    if (flags.harness !== undefined && diagnosis.installed.length === 0)
      diagnosis.findings.push({ harness, level: 'off', path: folder, message: 'the gate is not installed' })
    all.push(diagnosis)
  }
  const relevant = all.filter(({ installed }) => flags.harness !== undefined || installed.length > 0)
  const off = relevant.some(({ findings }) => findings.some(({ level }) => level === 'off'))
  if (flags.json) {
    const { jsonText } = await import('../ui/json.ts')
    await print(jsonText({ ok: !off, harnesses: relevant } satisfies GateDoctorResult))
  } else {
    for (const { harness, installed, findings } of relevant) {
      const broken = findings.some(({ level }) => level === 'off')
      const where = installed.length > 0 ? installed.join(', ') : 'not installed'
      await print(`${plain(`${harness}: ${broken ? 'OFF' : 'ok'} (${where})`)}\n`)
      for (const { level, path, message } of findings)
        await print(`${plain(`  ${level}: ${path}: ${message}`)}\n`)
    }
    if (relevant.length === 0) tell('interdict: the gate is not installed for any harness')
  }
  if (off) exitWith('incomplete')
}

/** Only Codex itself can say whether it trusts our hook. */
async function addTrust({ installed, findings }: Diagnosis, folder: string): Promise<void> {
  for (const path of installed) {
    const view = await codexView(folder, path, REAL)
    if (view.kind === 'skipped')
      findings.push({
        harness: 'codex',
        level: 'off',
        path,
        message: `${view.why}: Codex skips this hook; type /hooks in Codex`,
      })
    if (view.kind === 'unknown')
      findings.push({
        harness: 'codex',
        level: 'note',
        path,
        message: `it is not known whether Codex trusts this hook: ${view.why}`,
      })
  }
}
