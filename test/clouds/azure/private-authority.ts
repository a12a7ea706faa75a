import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Makes an authority of our own in a folder: `ca.pem`, a host's `host.key` and `host.pem` for this machine, and an
 * application's `app.key` and `app.crt`. Good for two days.
 */
export async function privateAuthority(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  const request = ['-newkey', 'rsa:2048', '-nodes']
  const own = [...request, '-x509', '-days', '2', '-sha256']
  await openssl('req', ...own, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=private ca')
  await openssl('req', ...request, '-keyout', 'host.key', '-out', 'host.csr', '-subj', '/CN=localhost')
  await writeFile(join(folder, 'host.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2']
  await openssl('x509', '-req', '-in', 'host.csr', ...signed, '-extfile', 'host.ext', '-out', 'host.pem')
  await openssl('req', ...own, '-keyout', 'app.key', '-out', 'app.crt', '-subj', '/CN=app')
}
