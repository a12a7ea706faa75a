import { describe, expect, test } from 'vitest'
import { ClientCache } from '../../../src/clouds/aws/http/client-cache.ts'

describe('the SDK clients of a sign-in', () => {
  test('stay while they are few, and go by when they were used last', () => {
    const cache = new ClientCache(2)
    const gone: string[] = []
    const clients = new Map(['one', 'two', 'three', 'four'].map(name => [name, { name }]))
    const use = (name: string) => cache.use(clients.get(name) ?? {}, () => gone.push(name))
    for (const name of ['one', 'two', 'one']) use(name)
    expect(gone).toEqual([])
    use('three')
    expect(gone).toEqual(['two'])
    use('one')
    use('four')
    expect(gone).toEqual(['two', 'three'])
    use('two')
    expect(gone).toEqual(['two', 'three', 'one'])
  })
})
