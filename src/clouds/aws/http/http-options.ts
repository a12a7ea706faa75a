import { readFile } from 'node:fs/promises'
import type { Agents } from '../../../egress/agents.ts'
import { Fault } from '../../../model/fault.ts'

/** Options of the SDK's own handler. `timeout`: milliseconds after which a call counts as unanswered. */
export function requestHandlerOf(timeout: number, agents: Agents | undefined) {
  return {
    // Without these a call may hang for ever: the SDK has no request timeout of its own, and without the last it only
    // warns when the time is over (tested).
    connectionTimeout: 3_000,
    requestTimeout: timeout,
    throwOnRequestTimeout: true,
    ...(agents === undefined ? {} : { httpAgent: agents.http, httpsAgent: agents.https }),
  }
}

/**
 * The certificates of `AWS_CA_BUNDLE`, else of the profile's `ca_bundle`, which take the place of Node's own, as with the AWS
 * CLI ("AWS CLI environment variables"), with those of `NODE_EXTRA_CA_CERTS`. Undefined where no file is named.
 *
 * @param profile undefined: that of the environment
 * @throws Fault `usage` when the file cannot be read or holds no certificate
 */
export async function caBundle(
  profile: string | undefined,
  profiles: () => Promise<{ [name: string]: { [key: string]: string | undefined } }>,
): Promise<string[] | undefined> {
  const { AWS_CA_BUNDLE, AWS_PROFILE, NODE_EXTRA_CA_CERTS: extra } = process.env
  const file = AWS_CA_BUNDLE || (await profiles())[profile ?? (AWS_PROFILE || 'default')]?.ca_bundle
  if (!file) return undefined
  const wrong = (why: string, cause?: unknown) =>
    new Fault('usage', `the bundle of certificates ${file} ${why}`, {
      where: 'AWS_CA_BUNDLE',
      next: 'name a PEM file in AWS_CA_BUNDLE (or ca_bundle of the profile), or unset it',
      cause,
    })
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw wrong(`cannot be read (${(error as NodeJS.ErrnoException).code})`, error)
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw wrong('holds no certificate in PEM')
  // Node itself warns of a file that it cannot read.
  const more = extra ? await readFile(extra, 'utf8').catch(() => undefined) : undefined
  return more === undefined ? [text] : [text, more]
}
