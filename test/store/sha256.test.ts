import { execFileSync } from 'node:child_process'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hmacSha256, sha256 } from '../../src/store/sha256.ts'
import { root } from '../gate/gate-program.ts'

test('it is SHA-256 and HMAC, for every length around a block and beyond', () => {
  for (const length of [...Array(200).keys(), 1_000, 8_191, 8_192, 8_193, 70_000]) {
    const bytes = randomBytes(length)
    expect(sha256(bytes), `${length}`).toBe(createHash('sha256').update(bytes).digest('hex'))
    const text = bytes.toString('latin1')
    const key = randomBytes(32)
    expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
    expect(hmacSha256(key, text)).toBe(createHmac('sha256', key).update(text).digest('hex'))
  }
  // A view into a larger buffer, as small ones of Node's are.
  const part = Buffer.concat([randomBytes(7), Buffer.from('abc')]).subarray(7)
  expect(sha256(part)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('a short text does not load OpenSSL, and a long one may', () => {
  const script = `
    const { sha256, hmacSha256 } = await import(${JSON.stringify(join(root, 'src/store/sha256.ts'))})
    const loaded = () => process.moduleLoadList.includes('NativeModule crypto')
    sha256('x'.repeat(5_000)); hmacSha256(new Uint8Array(32), 'x')
    const before = loaded()
    sha256('x'.repeat(50_000))
    console.log(JSON.stringify([before, loaded()]))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(JSON.parse(output)).toEqual([false, true])
})
