import { readFile } from 'node:fs/promises'
import { Fault } from '../../model/fault.ts'

/**
 * The certificates of a bundle, which take the place of Node's own, as with the AWS CLI ("AWS CLI environment variables",
 * AWS_CA_BUNDLE), with those of `NODE_EXTRA_CA_CERTS`. Undefined where no file is named.
 *
 * @throws Fault `usage` when the file cannot be read or holds no certificate
 */
export async function caBundle(file: string | undefined): Promise<string[] | undefined> {
  if (!file) return undefined
  const extra = process.env.NODE_EXTRA_CA_CERTS
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
  // Node warns of one that it cannot read, and so do we not need to.
  const more = extra ? await readFile(extra, 'utf8').catch(() => undefined) : undefined
  return more === undefined ? [text] : [text, more]
}
