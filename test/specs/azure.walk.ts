import { expect, test } from 'vitest'
import { azure } from '../../src/clouds/azure/provider.ts'
import type { Session } from '../../src/model/provider.ts'
import { openAzure } from '../contract/azure-range.ts'
import { firstMoves, powerful, thiefOf, undoMoves } from '../lab/azure/first-moves.ts'
import { town } from '../lab/azure/town.ts'
import { everything } from './everything.ts'

test('everything that we ask of Azure', { timeout: 300_000 }, async () => {
  const range = await openAzure()
  try {
    const cut = await everything(azure, range.session as Session)
    expect([...cut].sort()).toEqual(azure.interruptions.map(({ id }) => id).sort())
  } finally {
    await range.close()
  }
})

test('the first moves of a thief in Azure', { timeout: 300_000 }, async () => {
  const thief = await thiefOf(await town(powerful))
  await undoMoves(thief, await firstMoves(thief))
})
