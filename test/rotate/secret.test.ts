import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fault } from '../../src/model/fault.ts'
import { Secret } from '../../src/model/secret.ts'

const TEXT = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'

test('however it is printed, nothing of it comes out', () => {
  const secret = new Secret(TEXT)
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret, { showHidden: true, depth: 9 }),
    inspect({ deep: [secret] }),
    Object.keys(secret).join(),
  ]
  for (const text of shown) expect(text).not.toContain(TEXT.slice(0, 12))
  expect(secret.reveal()).toBe(TEXT)
})

test('a fault about it keeps nothing of it: not as it is, not inside of JSON, not encoded, not in its cause', () => {
  const file = JSON.stringify({ SecretAccessKey: TEXT, private_key: `-----BEGIN\n${TEXT}\n${TEXT}\nEND` })
  const secret = new Secret(file)
  const said = [file, JSON.stringify(file), TEXT, encodeURIComponent(TEXT), JSON.parse(file).private_key]
  for (const text of said) {
    const fault = secret.keepFrom(
      new Fault('rejected', `bad value: ${text}`, { where: text, next: text, cause: new Error(text) }),
    )
    expect(inspect(fault, { depth: 9 })).not.toContain(TEXT)
    expect(fault.cause).toBeUndefined()
  }
})

test('any text, wherever in a message it is', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 16 }), fc.string(), fc.string(), (text, before, after) => {
      const fault = new Secret(text).keepFrom(new Fault('rejected', `${before}${text}${after}`))
      return (
        !fault.message.includes(text) ||
        before.includes(text) ||
        after.includes(text) ||
        '[secret]'.includes(text)
      )
    }),
  )
})
