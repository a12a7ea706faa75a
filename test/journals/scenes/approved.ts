import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { keyPair } from '../../approval/ssh.ts'
import { Recording } from '../recording.ts'
import { signerLine } from '../today.ts'
import { named, playbook } from './playbook.ts'

const AWS = 'aws: { accounts: [self], regions: [eu-west-1] }'

/** The policy of a house where another person approves containments, and where they may go on without. */
const POLICY = 'version: 1\napprovals: { contain: 1, break-glass: [contain] }\n'

const FIRST = playbook('approved-aws', AWS, [
  { select: named('user', 'ci-deploy'), interrupt: '[quarantine]' },
])
const SECOND = playbook('bypassed-aws', AWS, [
  { select: named('access-key', 'AKIAOKMQ3PEP45SJHK7O'), interrupt: '[disable]' },
])

/** A plan that somebody else approved, and a run that was begun without the approval that it needs, whose review was put off. */
export async function recordApproved(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws'] })
  const kim = keyPair(at.folder, 'kim')
  const machine = createPublicKey(await readFile(at.path('config', 'seal.pem')))
  await at.write('config/interdict.yaml', POLICY)
  await at.write(
    'config/allowed_signers',
    `kim@acme.example ${kim.line}\n${signerLine('alex@acme.example', machine)}\n`,
  )
  const plan = at.path('plan.json')
  await at.lead(['plan', await at.write('approved.yaml', FIRST), '--out', plan])
  await at.lead(['approve', plan, '--key', kim.file, '--yes'])
  await at.contain('approved by somebody else', plan)
  const bypassed = await at.contain('begun without approval, and its review put off', SECOND, {
    args: ['--break-glass'],
  })
  await at.interdict(['extend', bypassed, '--by', '20h', '--reason', 'the vendor has not answered'])
  await at.save()
  await at.close()
}
