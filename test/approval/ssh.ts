import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A key pair in a folder, by the real ssh-keygen. */
export interface KeyPair {
  /** Path of the private key. */
  file: string
  /** Kind and bytes, as a list of signers has them. */
  line: string
}

/** Makes a key pair. */
export function keyPair(
  folder: string,
  name: string,
  type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519',
): KeyPair {
  const file = join(folder, name)
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', name, '-f', file])
  chmodSync(file, 0o600)
  const [kind, base64] = readFileSync(`${file}.pub`, 'utf8').split(' ')
  return { file, line: `${kind} ${base64}` }
}

/** Signs a text as `ssh-keygen -Y sign` does; returns the armour. */
export function sshSign({ file }: KeyPair, namespace: string, text: string): string {
  const message = `${file}.message`
  writeFileSync(message, text)
  rmSync(`${message}.sig`, { force: true })
  execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-f', file, '-n', namespace, message], { stdio: 'pipe' })
  return readFileSync(`${message}.sig`, 'utf8')
}

/** Whether `ssh-keygen -Y verify` takes a signature of this principal, at this time. */
export function sshVerifies(
  folder: string,
  request: { list: string; principal: string; namespace: string; armour: string; text: string; at: string },
): boolean {
  const { list, principal, namespace, armour, text, at } = request
  const [signers, signature] = [join(folder, 'list'), join(folder, 'signature')]
  writeFileSync(signers, list)
  writeFileSync(signature, armour)
  try {
    execFileSync(
      'ssh-keygen',
      [
        '-Y',
        'verify',
        '-q',
        '-f',
        signers,
        '-I',
        principal,
        '-n',
        namespace,
        '-s',
        signature,
        '-O',
        `verify-time=${at}`,
      ],
      { input: text, stdio: ['pipe', 'pipe', 'pipe'] },
    )
    return true
  } catch {
    return false
  }
}

/** An agent that has a key; it ends with `end`. */
export async function agentWith({ file }: KeyPair): Promise<{ socket: string; end(): Promise<void> }> {
  const socket = `${file}.agent`
  rmSync(socket, { force: true })
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(agent, 'exit')
  // It prints where it listens once it does.
  await once(agent.stdout, 'data')
  execFileSync('ssh-add', ['-q', file], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' })
  return {
    socket,
    async end() {
      agent.kill()
      await ended
    },
  }
}
