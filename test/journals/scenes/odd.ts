import { readFile, writeFile } from 'node:fs/promises'
import { Recording } from '../recording.ts'
import { named, playbook } from './playbook.ts'

const KEY = ['--input', 'key=AKIAXHVPLLVPRMD44DZ6']

/** Two runs over one identity, of which one cannot be believed. */
export async function recordDoubted(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws'] })
  const run = await at.contain('restored beside a damaged run', 'leaked-access-key', { args: KEY })
  const damaged = await at.contain('damaged', 'leaked-access-key', { args: [...KEY, '--stack'] })
  const path = at.path('state', 'runs', `${damaged}.jsonl`)
  const bytes = await readFile(path)
  const middle = bytes.length >> 1
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  await writeFile(path, bytes)
  await at.lead(['restore', run, '--yes', '--accept-unknown-holds', '--reason', 'looked at both'])
  await at.save()
  await at.close()
}

const REVOKE = playbook('revoke-aws', 'aws: { accounts: [self] }', [
  { select: named('role', 'github-deployer'), interrupt: '[revoke-sessions]' },
])

/** A run against an endpoint that is not the lab's, with a clock that is off. */
export async function recordLive(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws'] })
  at.lab.clock.advance(2 * 86_400)
  const { accessKeyId, secretAccessKey, sessionToken } = at.lab.responders['aws'] as {
    [name: string]: string
  }
  const accepted = ['--accept-clock', '--reason', 'no time server']
  const environment = {
    AWS_ENDPOINT_URL: at.lab.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey ?? '',
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
  }
  const run = await at.containLive('live, with a clock that is off', REVOKE, accepted, environment)
  const restored = await at.interdict(['restore', run, '--yes', ...accepted], environment)
  if (restored.code !== 0) throw new Error(restored.stdout + restored.stderr)
  await at.save()
  await at.close()
}
