import { Recording } from '../recording.ts'
import { Colleague } from './people.ts'
import { named, playbook } from './playbook.ts'

const USERS = [
  'carol.ng',
  'chat-assistant',
  'data-sync',
  'ledger-reader',
  'logs-shipper',
  'metrics-push',
  'mobile-uploads',
  'old-backup',
  'warehouse-loader',
]

const PLAYBOOK = playbook('restored-aws', 'aws: { accounts: [self] }', [
  {
    select: named('access-key', 'AKIAWSA6VGO4NPSCT2CF', 'AKIAP6BHYY2P2ECY2W4J'),
    interrupt: '[disable]',
    after: 'keep-off',
  },
  { select: named('user', ...USERS), interrupt: '[quarantine, detach]' },
])

const DENIED = { kind: 'error', code: 'AccessDenied', status: 403, message: 'not authorized' } as const

export async function recordRestored(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws'] })
  const colleague = new Colleague(at)
  await colleague.attachNew('backdoor', 'mobile-uploads')
  await colleague.attachNew('passing', 'metrics-push')
  const run = await at.contain('restored in every way', PLAYBOOK)
  const quarantine = `interdict-${run}`
  const only = (...users: string[]) => users.flatMap(user => ['--only', user])
  const restore = (args: string[], codes: number[] = [0]) =>
    at.lead(['restore', run, '--yes', '--accept-live-tokens', '--reason', 'over', ...args], codes)

  // Somebody edits our denials, takes one away, deletes a user, and makes another of the same name.
  for (const user of ['carol.ng', 'chat-assistant', 'ledger-reader']) await colleague.inline(user, quarantine)
  await colleague.deleteInline('logs-shipper', quarantine)
  at.lab.clouds[0]?.vanish('user', 'warehouse-loader')
  at.lab.clouds[0]?.vanish('user', 'old-backup')
  await colleague.user('old-backup')
  await colleague.deletePolicy('passing')
  await at.lead(['verify', run], [0, 4, 6])

  await restore(only('carol.ng'), [0, 6])
  await restore([...only('chat-assistant'), '--drift', 'use-live'])
  await restore([...only('ledger-reader'), '--drift', 'force'])
  await restore(only('logs-shipper', 'warehouse-loader', 'old-backup', 'metrics-push'), [0, 4])
  await restore(only('mobile-uploads'))
  at.trouble({ operation: 'DeleteUserPolicy', params: { UserName: 'data-sync' }, trouble: DENIED, times: 0 })
  await restore(only('data-sync'), [4])
  at.calm()
  colleague.leave()
  await at.save()
  await at.close()
}
