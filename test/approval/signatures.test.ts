import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPrincipal, parseAllowedSigners, signersFor } from '../../src/approval/allowed-signers.ts'
import { APPROVE } from '../../src/approval/namespaces.ts'
import { ed25519Blob, fingerprintOf, readSshKey } from '../../src/approval/ssh-key.ts'
import { readSshSignature, signatureFlaw } from '../../src/approval/ssh-signature.ts'
import { sshString } from '../../src/approval/ssh-wire.ts'
import { type KeyPair, keyPair, sshSign, sshVerifies } from './ssh.ts'

let folder: string
let keys: { [name: string]: KeyPair }

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interdict-approval-'))
  keys = {
    alex: keyPair(folder, 'alex'),
    kim: keyPair(folder, 'kim', 'ecdsa'),
    old: keyPair(folder, 'old', 'rsa'),
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

const TEXT = 'interdict-approval v1\n'
const key = (name: string) => keys[name] as KeyPair
const armourOf = (name: string, namespace = APPROVE, text = TEXT) => sshSign(key(name), namespace, text)

describe('a signature by ssh-keygen', () => {
  it.each(['alex', 'kim'])('counts for its text and its purpose alone (%s)', name => {
    const signature = readSshSignature(armourOf(name))
    if (!signature) throw new Error('not read')
    expect(signatureFlaw(signature, TEXT, APPROVE)).toBeUndefined()
    expect(signatureFlaw(signature, `${TEXT} `, APPROVE)).toBe('the signature is not of this text')
    expect(signatureFlaw(signature, TEXT, 'git')).toContain('it is a signature for "approve@interdict"')
  })

  it('of a purpose in whose place another name is written does not count', () => {
    const git = readSshSignature(armourOf('alex', 'git'))
    if (!git) throw new Error('not read')
    expect(signatureFlaw(git, TEXT, APPROVE)).toBe('it is a signature for "git", not for approve@interdict')
    expect(signatureFlaw({ ...git, namespace: APPROVE }, TEXT, APPROVE)).toBe(
      'the signature is not of this text',
    )
  })

  it('by an RSA key is not read', () => {
    expect(readSshSignature(armourOf('old'))).toBeUndefined()
  })

  it('is refused with any one of its bytes changed', () => {
    const armour = armourOf('alex')
    const [, base64 = ''] = /-----\n([\s\S]+)-----END/.exec(armour) ?? []
    const bytes = Buffer.from(base64, 'base64')
    const passed = [...bytes.keys()].filter(at => {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 0x01
      const text = changed.toString('base64').replace(/.{70}/g, '$&\n')
      const signature = readSshSignature(
        `-----BEGIN SSH SIGNATURE-----\n${text}\n-----END SSH SIGNATURE-----\n`,
      )
      return signature !== undefined && signatureFlaw(signature, TEXT, APPROVE) === undefined
    })
    expect(passed).toEqual([])
  })

  it('is refused cut off anywhere', () => {
    const armour = armourOf('kim')
    for (let length = 0; length < armour.trimEnd().length; length++) {
      expect(readSshSignature(armour.slice(0, length))).toBeUndefined()
    }
  })
})

/** A device is not at hand: its answer is made as OpenSSH PROTOCOL.u2f describes it. */
describe('a signature by a hardware key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const [, point] = [0, ed25519Blob(publicKey).subarray(-32)]
  const type = 'sk-ssh-ed25519@openssh.com'
  const blob = Buffer.concat([sshString(type), sshString(point), sshString('ssh:')])
  const sha256 = (of: Buffer | string) => createHash('sha256').update(of).digest()

  function signed(flags: number, application = 'ssh:') {
    const hash = createHash('sha512').update(TEXT).digest()
    const message = Buffer.concat([
      Buffer.from('SSHSIG'),
      ...[APPROVE, '', 'sha512', hash].map(each => sshString(each)),
    ])
    const rest = Buffer.from([flags, 0, 0, 0, 7])
    const value = sign(null, Buffer.concat([sha256(application), rest, sha256(message)]), privateKey)
    const signature = Buffer.concat([sshString(type), sshString(value), rest])
    const sk = readSshKey(blob)
    if (!sk) throw new Error('not read')
    return signatureFlaw({ key: sk, namespace: APPROVE, hash: 'sha512', signature }, TEXT, APPROVE)
  }

  it('counts when it was touched', () => {
    expect(signed(0x01)).toBeUndefined()
    expect(signed(0x05)).toBeUndefined()
  })

  it('does not count untouched, or for another application', () => {
    expect(signed(0x04)).toBe('the hardware key was not touched')
    expect(signed(0x01, 'ssh:other')).toBe('the signature is not of this text')
  })
})

describe('a list of signers', () => {
  const at = (time: string) => Date.parse(time)

  it('agrees with ssh-keygen on every line', () => {
    const { line } = key('alex')
    const armour = armourOf('alex')
    const cases = [
      `alex@acme.example ${line}`,
      `*@acme.example ${line} a comment`,
      `*@acme.example,!alex@acme.example ${line}`,
      `kim@acme.example,alex@acme.example ${line}`,
      `kim@acme.example ${line}`,
      `"alex@acme.example" ${line}`,
      `alex@acme.example namespaces="approve@interdict" ${line}`,
      `alex@acme.example namespaces="seal@interdict,approve@*" ${line}`,
      `alex@acme.example namespaces="seal@interdict" ${line}`,
      `alex@acme.example namespaces="git",valid-before="20270101Z" ${line}`,
      `alex@acme.example valid-after="20261201Z" ${line}`,
      `alex@acme.example valid-after="20261201000001Z" ${line}`,
      `alex@acme.example valid-before="20261201Z" ${line}`,
      `alex@acme.example valid-after="20260101Z",valid-before="202612010001Z" ${line}`,
      `ALEX@acme.example ${line}`,
      `alex@acme.example ${key('kim').line}`,
      `# alex@acme.example ${line}`,
      `alex@acme.example`,
      `alex@acme.example ${line.slice(0, 40)}`,
    ]
    const ours = cases.map(list => {
      const parsed = parseAllowedSigners(list)
      const signature = readSshSignature(armour)
      const by = signersFor(
        parsed,
        signature?.key.blob ?? Buffer.alloc(0),
        APPROVE,
        at('2026-12-01T00:00:00Z'),
      )
      return by.some(signer => isPrincipal(signer, 'alex@acme.example'))
    })
    const theirs = cases.map(list =>
      sshVerifies(folder, {
        ...{ list: `${list}\n`, principal: 'alex@acme.example', namespace: APPROVE, armour, text: TEXT },
        at: '20261201000000Z',
      }),
    )
    expect(ours).toEqual(theirs)
    expect(ours).toContain(true)
    expect(ours).toContain(false)
  })

  it('trusts nobody by a line that it does not understand, and names it', () => {
    const { line } = key('alex')
    const { signers, flaws } = parseAllowedSigners(
      [
        `alex cert-authority ${line}`,
        `alex valid-before="20261231" ${line}`,
        `alex valid-before="20261131Z" ${line}`,
        `alex namespaces="git ${line}`,
        `alex ${key('old').line}`,
      ].join('\n'),
    )
    expect(signers).toEqual([])
    expect(flaws.map(({ line: at, because }) => `${at} ${because}`)).toEqual([
      '1 its option cert-authority is not understood',
      '2 valid-before is not a time in UTC such as 20261231Z or 202612312359Z',
      '3 valid-before is not a time in UTC such as 20261231Z or 202612312359Z',
      '4 a quotation mark is not closed',
      '5 its key cannot be read, or ssh-rsa is of a kind that does not count',
    ])
  })
})

it('fingerprints are those of ssh-keygen -l', () => {
  const [type = '', base64 = ''] = key('alex').line.split(' ')
  const read = readSshKey(Buffer.from(base64, 'base64'))
  expect(read?.type).toBe(type)
  expect(fingerprintOf(Buffer.from(base64, 'base64'))).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
})
