import { checkPrimeSync, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

export interface KeyPair {
  /** PEM, PKCS 8. */
  privateKey: string
  /** PEM, SPKI. */
  publicKey: string
  /** As Google names keys: 40 hexadecimal digits. */
  id: string
}

const EXPONENT = 65_537n
const made = new Map<string, KeyPair>()

/**
 * The same RSA key of 2048 bits for the same name in every run, so that the lab and its actors, in different processes,
 * have it without a private key in the sources. It opens nothing but the lab: everybody who knows the name has it.
 */
export function keyPair(name: string): KeyPair {
  const known = made.get(name)
  if (known !== undefined) return known
  const p = prime(`${name}/p`)
  const q = prime(`${name}/q`)
  const n = p * q
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n))
  const key = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      n: text(n),
      e: text(EXPONENT),
      d: text(d),
      p: text(p),
      q: text(q),
      dp: text(d % (p - 1n)),
      dq: text(d % (q - 1n)),
      qi: text(inverse(q, p)),
    },
  })
  const pair = pairOf(key, name)
  made.set(name, pair)
  return pair
}

/** Another key of the same pair's account: the same numbers under another id. */
export function keyId(name: string): string {
  return createHash('sha1').update(`lab key ${name}`).digest('hex')
}

function pairOf(key: KeyObject, name: string): KeyPair {
  return {
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
    id: keyId(name),
  }
}

/**
 * How far the primes of the seed's keys lie above the numbers that `startOf` gives, by `name/p` and `name/q`. The search for the
 * six takes most of a second, and every lab would make it again.
 */
export const DISTANCES: Readonly<Record<string, bigint>> = {
  'responder/p': 178n,
  'responder/q': 630n,
  'leaked/p': 48n,
  'leaked/q': 766n,
  'work/p': 252n,
  'work/q': 232n,
}

function prime(name: string): bigint {
  const known = DISTANCES[name]
  return startOf(name) + (known ?? searchDistance(name))
}

/** An odd number of 1024 bits, the two highest set, so that the product of two has 2048. */
function startOf(name: string): bigint {
  const bytes = Buffer.concat(
    Array.from({ length: 2 }, (_, at) => createHash('sha512').update(`lab prime ${name} ${at}`).digest()),
  )
  return BigInt(`0x${bytes.toString('hex')}`) | (3n << 1022n) | 1n
}

/** How far above its start the first prime lies that can be a factor of a modulus with our exponent. */
export function searchDistance(name: string): bigint {
  const start = startOf(name)
  let distance = 0n
  while (!isFactor(start + distance)) distance += 2n
  return distance
}

function isFactor(candidate: bigint): boolean {
  return candidate % EXPONENT !== 1n && checkPrimeSync(candidate, { checks: 20 })
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b] = [((value % modulus) + modulus) % modulus, modulus]
  let [x, y] = [1n, 0n]
  while (b > 0n) {
    const times = a / b
    ;[a, b] = [b, a - times * b]
    ;[x, y] = [y, x - times * y]
  }
  return ((x % modulus) + modulus) % modulus
}

function text(value: bigint): string {
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url')
}
