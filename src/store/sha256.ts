/**
 * SHA-256 (FIPS 180-4) and HMAC (RFC 2104) without `node:crypto`, whose loading takes a fifth of a hook's whole life. Once
 * something else has loaded it, or where there is much to hash, it does the work.
 */

/** Above this, loading OpenSSL costs less than going on without. */
const MUCH = 8 * 1024

type Crypto = typeof import('node:crypto')
let loaded: Crypto | undefined

/** Node's `crypto`, loaded when something needs it. */
export function openSsl(): Crypto {
  loaded ??= process.getBuiltinModule('node:crypto')
  return loaded
}

/** SHA-256 of bytes, or of a text's UTF-8, in hex. */
export function sha256(data: string | Uint8Array): string {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  if (loaded || bytes.length > MUCH) return openSsl().hash('sha256', bytes)
  return hex(digested(bytes, 0, INITIAL))
}

/** HMAC-SHA-256 of a text, in hex. The key has at most 64 bytes. */
export function hmacSha256(key: Uint8Array, text: string): string {
  const bytes = Buffer.from(text)
  if (loaded || bytes.length > MUCH || key.length > 64)
    return openSsl().createHmac('sha256', key).update(bytes).digest('hex')
  const inner = hex(digested(bytes, 64, after(padded(key, 0x36))))
  return hex(digested(Buffer.from(inner, 'hex'), 64, after(padded(key, 0x5c))))
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(64)
  for (let at = 0; at < 64; at += 1) block[at] = (key[at] ?? 0) ^ pad
  return block
}

function after(block: Uint8Array): Int32Array {
  const state = Int32Array.from(INITIAL)
  compress(state, viewOf(block), 0)
  return state
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

/** `before`: bytes that were hashed to come to `initial`. */
function digested(bytes: Uint8Array, before: number, initial: Int32Array): Int32Array {
  const state = Int32Array.from(initial)
  const whole = bytes.length & ~63
  const view = viewOf(bytes)
  for (let at = 0; at < whole; at += 64) compress(state, view, at)
  const rest = bytes.length - whole
  const end = new Uint8Array(rest < 56 ? 64 : 128)
  end.set(bytes.subarray(whole))
  end[rest] = 0x80
  // The length in bits fits 32 of them: what is longer went to OpenSSL.
  const last = viewOf(end)
  last.setUint32(end.length - 4, (before + bytes.length) * 8)
  for (let at = 0; at < end.length; at += 64) compress(state, last, at)
  return state
}

function hex(state: Int32Array): string {
  let text = ''
  for (const word of state) text += (word >>> 0).toString(16).padStart(8, '0')
  return text
}

const INITIAL = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
)

const ROUNDS = Int32Array.from(
  (
    '428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5 ' +
    'd807aa98 12835b01 243185be 550c7dc3 72be5d74 80deb1fe 9bdc06a7 c19bf174 ' +
    'e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da ' +
    '983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967 ' +
    '27b70a85 2e1b2138 4d2c6dfc 53380d13 650a7354 766a0abb 81c2c92e 92722c85 ' +
    'a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070 ' +
    '19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3 ' +
    '748f82ee 78a5636f 84c87814 8cc70208 90befffa a4506ceb bef9a3f7 c67178f2'
  )
    .split(' ')
    .map(word => Number.parseInt(word, 16)),
)

const schedule = new Int32Array(64)

/** Takes 64 bytes into the state. */
function compress(state: Int32Array, bytes: DataView, from: number): void {
  const w = schedule
  for (let t = 0; t < 16; t += 1) w[t] = bytes.getInt32(from + 4 * t)
  for (let t = 16; t < 64; t += 1) {
    const x = w[t - 15] as number
    const y = w[t - 2] as number
    const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    w[t] = (w[t - 16] as number) + small0 + (w[t - 7] as number) + small1
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let t = 0; t < 64; t += 1) {
    const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const one = (h + big1 + (g ^ (e & (f ^ g))) + (ROUNDS[t] as number) + (w[t] as number)) | 0
    const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const two = (big0 + ((a & b) | (c & (a | b)))) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  for (const [at, word] of [a, b, c, d, e, f, g, h].entries()) state[at] = (state[at] as number) + word
}
