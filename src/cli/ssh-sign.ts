import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { APPROVE } from '../approval/namespaces.ts'
import { parseSshKey, type SshKey } from '../approval/ssh-key.ts'
import { childEnvironment } from '../model/child-environment.ts'
import { Fault } from '../model/fault.ts'

/** Reads the public key beside a private one, `KEY.pub`, or the file itself if it is a public one. Fault `usage`. */
export async function publicKeyOf(file: string): Promise<SshKey> {
  const path = file.endsWith('.pub') ? file : `${file}.pub`
  const text = await readFile(path, 'utf8').catch(() => undefined)
  const [type = '', base64 = ''] = (text ?? '').trim().split(/\s+/)
  const key = parseSshKey(type, base64)
  if (key !== undefined) return key
  throw new Fault(
    'usage',
    text === undefined ? 'there is no public key beside it' : 'it is no key that counts',
    {
      where: path,
      next: 'use an Ed25519 or ECDSA P-256 key, or a hardware key: ssh-keygen -t ed25519; RSA keys do not count',
    },
  )
}

/**
 * Signs a text with `ssh-keygen`, which asks for a passphrase or a touch, or uses an agent. Returns the armour of the signature. Fault
 * `refused` where it does not sign.
 */
export async function signWithSsh(file: string, text: string): Promise<string> {
  const child = spawn('ssh-keygen', ['-Y', 'sign', '-q', '-n', APPROVE, '-f', file], {
    env: sshEnvironment(process.env),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const parts: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part))
  // A program that ends early closes its input; what it says for it stands on standard error.
  child.stdin.on('error', () => undefined)
  child.stdin.end(text)
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(missing(error)))
    child.once('close', (status, signal) => resolve(status ?? signal))
  })
  if (code === 0) return Buffer.concat(parts).toString('utf8')
  throw new Fault('refused', `ssh-keygen did not sign (${code}); nothing was approved`, { where: file })
}

/** What `ssh-keygen` needs besides: the agent, the program that asks for a passphrase, the library of a device. */
const OF_SSH = [
  'SSH_AUTH_SOCK',
  'SSH_ASKPASS',
  'SSH_ASKPASS_REQUIRE',
  'SSH_SK_PROVIDER',
  'DISPLAY',
  'WAYLAND_DISPLAY',
]

function sshEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const further = OF_SSH.flatMap(name => {
    const value = environment[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...childEnvironment(environment), ...Object.fromEntries(further) }
}

function missing(error: NodeJS.ErrnoException): Fault {
  if (error.code !== 'ENOENT') return new Fault('refused', `ssh-keygen cannot be started: ${error.message}`)
  return new Fault('usage', 'ssh-keygen is not there, and it makes the signature', {
    next: 'install OpenSSH on the machine that approves; the machine that acts does not need it',
  })
}
