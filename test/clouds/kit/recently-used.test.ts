import { describe, expect, test } from 'vitest'
import { RecentlyUsed } from '../../../src/clouds/kit/http/recently-used.ts'

describe('things that cost memory for each account', () => {
  test('stay while they are few, and go by when they were used last', () => {
    const cache = new RecentlyUsed(2)
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
    expect(cache.size).toBe(2)
  })
})
