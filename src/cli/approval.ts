import { randomBytes } from 'node:crypto'
import { commandText } from '../model/command-text.ts'
import { type Approved, type ApproveRequest, approve } from '../toolkit/approve.ts'
import { storeOf } from '../toolkit/folders.ts'
import type { Folders } from '../toolkit/host.ts'
import { writeNew } from '../toolkit/plan-file.ts'
import { proposalFile } from '../toolkit/proposals.ts'
import type { RestoreChoices } from '../toolkit/restore-options.ts'
import type { ApproveResult } from '../toolkit/results/approval.ts'
import { jsonText } from '../ui/json.ts'
import { needYes } from './ask.ts'
import { foldersOf } from './folders.ts'
import { pasteable } from './hint-place.ts'
import { hosted } from './host.ts'
import { runNamed } from './run-choice.ts'
import { type RunFlags, runRequest } from './run-flags.ts'
import { publicKeyOf, signWithSsh } from './ssh-sign.ts'
import { print } from './terminal.ts'

/** The flags of `approve`. */
interface ApproveFlags extends RunFlags {
  /** A plan's file, or a run. */
  subject: string
  digest?: string | undefined
  key: string
  principal?: string | undefined
  lasts: number
  out?: string | undefined
  only: string[]
  choices: RestoreChoices
  rotation?: { into: string; removal: 'never' | 'after' | 'first'; restores: boolean }
}

/** `approve`: shows an act, asks, has it signed and keeps the approval. */
export async function approveAct(flags: ApproveFlags): Promise<void> {
  needYes(flags)
  const { key, lasts, principal, only, choices, rotation } = flags
  const folders = foldersOf(flags)
  const isPlan = flags.subject.endsWith('.json') || (await isProposal(flags.subject, folders))
  const request: ApproveRequest = {
    ...(isPlan
      ? { plan: { subject: flags.subject, digest: flags.digest } }
      : {
          run: {
            run: await runNamed(flags.subject, flags),
            restore: { ...runRequest(flags), ...choices, only, keepClock: true, dryRun: true },
            ...(rotation === undefined ? {} : { rotation }),
          },
        }),
    ...{ key: await publicKeyOf(key), principal, lasts, nonce: randomBytes(16).toString('hex') },
    sign: text => signWithSsh(key, text),
  }
  const approved = await hosted(flags, host => approve(host, request))
  if (flags.out !== undefined) await writeNew(flags.out, approved.text)
  await print(flags.json ? jsonText(resultOf(approved)) : pasteable(textOf(approved, flags)))
}

/** Whether it is the id of a proposal whose run does not exist yet. */
async function isProposal(run: string, folders: Folders): Promise<boolean> {
  if ((await proposalFile(run, folders)) === undefined) return false
  return !(await (await storeOf(folders)).runs()).includes(run)
}

function resultOf({ statement, fingerprint, file, needed }: Approved): ApproveResult {
  return { ...statement, options: [...statement.options], fingerprint, file, needed }
}

function textOf({ statement, fingerprint, file, needed }: Approved, { out, lab }: ApproveFlags): string {
  const { act, run, approver, expires } = statement
  const one = needed === 1 ? '1 approval is' : `${needed} approvals are`
  const use =
    act === 'contain'
      ? ['contain', 'PLAN.json', '--approval', out ?? file]
      : [act, run, '--approval', out ?? file]
  return [
    `${approver} approves to ${act} run ${run} until ${expires} (${fingerprint})`,
    needed === 0
      ? 'the policy asks for no approval of it'
      : `${one} needed, by others than the person who carries it out`,
    `kept in ${file}`,
    ...(out === undefined ? [] : [`on another machine: ${commandText(use, { lab: lab === true })}`]),
    '',
  ].join('\n')
}
