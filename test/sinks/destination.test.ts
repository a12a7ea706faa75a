import { expect, test } from 'vitest'
import type { Sink, SinkKind } from '../../src/model/rotation.ts'
import { openSink, type SignedIn } from '../../src/sinks/destination.ts'

/** Tells by its place which account it was opened in. */
const kind: SinkKind = {
  scheme: 'toy-vault',
  form: 'NAME or ACCOUNT/NAME',
  permissions: [],
  account: address => /^(\w+)\//.exec(address)?.[1],
  open: (client, address): Sink => ({
    place: `${String(client)} ${address}`,
    check: async () => 'new',
    store: async () => undefined,
    read: async () => undefined,
  }),
}
const at = (...accounts: string[]): SignedIn => ({
  kind,
  cloud: 'toy',
  accounts: accounts.map(account => ({ account, client: account })),
})
const of = (account: string, cloud = 'toy') => ({ cloud, account })

test.each([
  ['the only account', 'toy-vault:key', at('one'), of('one'), 'one key'],
  ['the account of the credential', 'toy-vault:key', at('one', 'two'), of('two'), 'two key'],
  ['the account that the address names', 'toy-vault:one/key', at('one', 'two'), of('two'), 'one one/key'],
  [
    'one that is not signed in to, through that of the credential',
    'toy-vault:far/key',
    at('one', 'two'),
    of('two'),
    'two far/key',
  ],
  ['the only account of another cloud', 'toy-vault:key', at('one'), of('1', 'zoo'), 'one key'],
])('%s', (_, place, signedIn, identity, opened) => {
  expect(openSink(place, signedIn, identity).place).toBe(opened)
})

test('several accounts of another cloud have to be told apart', () => {
  expect(() => openSink('toy-vault:key', at('one', 'two'), of('1', 'zoo'))).toThrow('which account of toy')
  expect(openSink('toy-vault:far/key', at('one', 'two'), of('1', 'zoo')).place).toBe('one far/key')
  expect(openSink('toy-vault:two/key', at('one', 'two'), of('1', 'zoo')).place).toBe('two two/key')
})

test('without a sign-in there is no place', () => {
  expect(() => openSink('toy-vault:key', undefined, of('one'))).toThrow(
    'not signed in to the cloud of toy-vault',
  )
  expect(() => openSink('toy-vault:key', at(), of('one'))).toThrow('not signed in')
})
