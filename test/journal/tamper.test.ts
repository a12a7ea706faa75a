import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmod, cp, mkdir, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ed25519Blob, sshKeyText } from '../../src/approval/ssh-key.ts'
import { openStore } from '../../src/journal/store.ts'
import { now, type Place, place, record, started, written } from './fixture.ts'

let at: Place
beforeEach(async () => {
  at = await place()
})
afterEach(() => at.remove())

const refused = {
  code: expect.stringMatching(/^(tampered|damaged)$/),
  where: expect.any(String),
  next: expect.any(String),
}

test('any changed byte is refused', async () => {
  const bytes = await record(at, 'abc123')
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (where, by) => {
      const changed = Buffer.from(bytes)
      changed[where] = (bytes[where] ?? 0) ^ by
      await writeFile(at.file('abc123'), changed)
      await expect(at.store.read('abc123')).rejects.toMatchObject(refused)
      await expect(at.store.append('abc123', now)).rejects.toMatchObject(refused)
    }),
    { numRuns: 400 },
  )
})

test('a run cut off anywhere is refused, also by the list', async () => {
  const bytes = await record(at, 'abc123')
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), async length => {
      await writeFile(at.file('abc123'), bytes.subarray(0, length))
      await expect(at.store.read('abc123')).rejects.toMatchObject(refused)
      expect(await at.store.list()).toMatchObject([{ run: 'abc123', fault: refused }])
    }),
    { numRuns: 100 },
  )
})

test('without a head, every prefix of whole lines is a valid journal, and a torn end is tolerated', async () => {
  const bytes = await record(at, 'abc123', 5)
  await rm(join(at.config, 'heads'), { recursive: true })
  const first = bytes.indexOf('\n') + 1
  for (let length = first; length < bytes.length; length += 37) {
    await writeFile(at.file('abc123'), bytes.subarray(0, length))
    const lines = bytes.subarray(0, length).toString().split('\n').length - 1
    expect((await at.store.read('abc123')).entries.length).toBe(lines)
  }
})

test('entries taken from the middle, swapped, or repeated', async () => {
  const lines = (await record(at, 'abc123', 4)).toString().trimEnd().split('\n')
  const orders = [
    [0, 2, 3, 4],
    [0, 2, 1, 3, 4],
    [0, 1, 1, 2, 3, 4],
    [1, 2, 3, 4],
    [0, 1, 2, 3, 4, 4],
  ]
  for (const order of orders) {
    await writeFile(at.file('abc123'), `${order.map(i => lines[i]).join('\n')}\n`)
    await expect(at.store.read('abc123')).rejects.toMatchObject({ code: 'tampered' })
  }
})

test('an older copy put back', async () => {
  await record(at, 'abc123')
  await cp(at.file('abc123'), `${at.state}/older`)
  const { journal } = await at.store.append('abc123', now)
  await journal.append(written('more'))
  await journal.close()
  await cp(`${at.state}/older`, at.file('abc123'))
  await expect(at.store.read('abc123')).rejects.toMatchObject({ code: 'tampered' })
  expect((await at.store.list())[0]).toMatchObject({
    fault: { code: 'tampered', message: expect.stringContaining('rolled back') },
  })
})

test('another history of the same length, sealed by the same key', async () => {
  await record(at, 'abc123')
  await cp(join(at.config, 'heads'), join(at.config, 'kept'), { recursive: true })
  await rm(join(at.config, 'heads'), { recursive: true })
  await unlink(at.file('abc123'))
  const journal = await at.store.create('abc123', now)
  await journal.append(started('abc123', 'another'))
  for (let i = 0; i < 3; i++) await journal.append(written('x'))
  await journal.close()
  await rm(join(at.config, 'heads'), { recursive: true })
  await rename(join(at.config, 'kept'), join(at.config, 'heads'))
  await expect(at.store.read('abc123')).rejects.toMatchObject({ code: 'tampered' })
})

test('swapped files', async () => {
  const one = await record(at, 'aaaa')
  const two = await record(at, 'bbbb')
  await writeFile(at.file('aaaa'), two)
  await writeFile(at.file('bbbb'), one)
  await expect(at.store.read('aaaa')).rejects.toMatchObject({
    code: 'tampered',
    message: expect.stringContaining('swapped'),
  })
  expect((await at.store.list()).every(each => 'fault' in each)).toBe(true)
})

test('a deleted file is missed; good runs are still listed', async () => {
  await record(at, 'aaaa')
  await record(at, 'bbbb')
  await unlink(at.file('aaaa'))
  const missing = { code: 'tampered', message: 'the journal of run aaaa is missing' }
  expect(await at.store.list()).toMatchObject([
    { run: 'bbbb', state: {} },
    { run: 'aaaa', fault: missing },
  ])
  await expect(at.store.read('aaaa')).rejects.toMatchObject(missing)
  await expect(at.store.create('aaaa', now)).rejects.toMatchObject({ code: 'journal' })
})

test('another machine’s journal is believed once its key is trusted, and goes on once the state is', async () => {
  const theirs = await place()
  try {
    const bytes = await record(theirs, 'abc123')
    await record(at, 'mine')
    await writeFile(at.file('abc123'), bytes)
    const unknown = { code: 'tampered', next: expect.stringContaining('openssl pkey') }
    await expect(at.store.read('abc123')).rejects.toMatchObject(unknown)
    expect((await at.store.list())[1]).toMatchObject({ fault: unknown })
    const key = createPublicKey(await readFile(join(theirs.config, 'seal.pem')))
    await mkdir(join(at.config, 'trusted'))
    await writeFile(join(at.config, 'trusted', 'them.pem'), key.export({ type: 'spki', format: 'pem' }))
    const store = openStore({ state: at.state, config: at.config })
    expect((await store.read('abc123')).entries.length).toBe(4)
    // It may be an old copy: this machine has no record of it.
    expect((await store.read('abc123')).unseen).toBe(true)
    await expect(store.append('abc123', now)).rejects.toMatchObject({
      code: 'tampered',
      next: expect.stringContaining('--trust-state'),
    })
    expect(await store.trust()).toEqual([])
    const { journal } = await store.append('abc123', now)
    await journal.append(written('ours'))
    await journal.close()
    expect((await store.read('abc123')).entries.length).toBe(5)
    expect((await store.list()).every(each => 'state' in each)).toBe(true)
  } finally {
    await theirs.remove()
  }
})

test('a list of signers names the machines whose journals are believed, and until when', async () => {
  const theirs = await place()
  try {
    const bytes = await record(theirs, 'abc123')
    await record(at, 'mine')
    await writeFile(at.file('abc123'), bytes)
    const blob = ed25519Blob(createPublicKey(await readFile(join(theirs.config, 'seal.pem'))))
    const key = sshKeyText({ type: 'ssh-ed25519', blob })
    const day = now().slice(0, 10).replaceAll('-', '')
    const read = async (line: string) => {
      await writeFile(join(at.config, 'allowed_signers'), `${line}\n`, { mode: 0o600 })
      const store = openStore({ state: at.state, config: at.config })
      return await store.read('abc123').then(({ entries }) => entries.length)
    }
    const refusedNow = { code: 'tampered', message: expect.stringContaining('not signed by a key') }
    await expect(read(`kim ${key}`)).rejects.toMatchObject(refusedNow)
    await expect(read(`kim namespaces="approve@interdict" ${key}`)).rejects.toMatchObject(refusedNow)
    await expect(
      read(`kim namespaces="seal@interdict",valid-before="20200101Z" ${key}`),
    ).rejects.toMatchObject(refusedNow)
    await expect(
      read(`kim namespaces="seal@interdict",valid-after="20990101Z" ${key}`),
    ).rejects.toMatchObject(refusedNow)
    expect(await read(`kim namespaces="seal@interdict" ${key}`)).toBe(4)
    expect(await read(`kim namespaces="git,seal@interdict",valid-after="${day}0000Z" ${key}`)).toBe(4)
    await chmod(join(at.config, 'allowed_signers'), 0o666)
    await chmod(at.config, 0o755)
    const loose = openStore({ state: at.state, config: at.config })
    await expect(loose.read('abc123')).rejects.toMatchObject({
      code: 'tampered',
      where: join(at.config, 'allowed_signers'),
    })
  } finally {
    await theirs.remove()
  }
})

test('a key that is none, and a link in place of a journal', async () => {
  const bytes = await record(at, 'abc123')
  await writeFile(`${at.state}/elsewhere`, bytes)
  await unlink(at.file('abc123'))
  await symlink(`${at.state}/elsewhere`, at.file('abc123'))
  await expect(at.store.read('abc123')).rejects.toMatchObject({ code: 'tampered' })
  await unlink(at.file('abc123'))
  await writeFile(at.file('abc123'), bytes)
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  })
  for (const pem of ['nonsense', rsa]) {
    await writeFile(join(at.config, 'seal.pem'), pem)
    const store = openStore({ state: at.state, config: at.config })
    await expect(store.read('abc123')).rejects.toMatchObject({
      code: 'damaged',
      message: 'not an Ed25519 key in PEM',
    })
  }
})
