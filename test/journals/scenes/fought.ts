import { Recording } from '../recording.ts'
import { Colleague } from './people.ts'
import { named, playbook } from './playbook.ts'

/** Identities that a contained one creates are contained as well. */
const PLAYBOOK = playbook(
  'fought-aws',
  'aws: { accounts: [self] }',
  [
    { select: named('access-key', 'AKIAXHVPLLVPRMD44DZ6'), interrupt: '[disable]', after: 'keep-off' },
    { select: named('user', 'billing-export'), interrupt: '[quarantine, revoke-sessions]' },
  ],
  'created: contain\n',
)

const CONTESTED = playbook('contested-aws', 'aws: { accounts: [self] }', [
  { select: named('user', 'mobile-uploads'), interrupt: '[quarantine]' },
])

export async function recordFought(name: string): Promise<void> {
  const at = await Recording.open(name, {
    clouds: ['aws'],
    armed: ['billing-key-abroad'],
    propagationMs: 1000,
  })
  const thief = await at.thieves('aws', 'billing-key-abroad', { periodMs: 300, seed: 1, helper: true })
  const accomplice = new Colleague(at)
  const made: Promise<void>[] = []
  at.answered = operation => {
    if (operation !== 'PutUserPolicy' || made.length > 0) return
    made.push(accomplice.user('accomplice'))
  }
  await at.contain('fought', PLAYBOOK, { codes: [0, 4] })
  await Promise.all(made)
  await thief.stop()

  // Somebody who is not contained takes the denial away each time that it is written.
  const undone: Promise<void>[] = []
  const undo = () =>
    undone.push(accomplice.deleteInline('mobile-uploads', `interdict-${contested}`).catch(() => undefined))
  const contested = await at.contain('contested', CONTESTED)
  at.answered = operation => {
    if (operation === 'PutUserPolicy') undo()
  }
  undo()
  await at.lead(['guard', contested, '--for', '20s', '--limit', '3'], [0, 4, 6])
  await Promise.all(undone)
  accomplice.leave()
  await at.save()
  await at.close()
}
