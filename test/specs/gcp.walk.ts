import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Session } from '../../src/model/provider.ts'
import { gcp } from '../../src/providers/gcp/index.ts'
import { openGcp } from '../contract/gcp-range.ts'
import { everything } from './everything.ts'

test('everything that we ask of Google Cloud', { timeout: 300_000 }, async () => {
  const range = await openGcp()
  try {
    const cut = await everything(gcp, range.session as Session)
    const folder = process.env['INTERDICT_TEST_RECORD']
    if (folder) writeFileSync(join(folder, 'google.json'), JSON.stringify(range.methods()))
    expect([...cut].sort()).toEqual(gcp.interruptions.map(({ id }) => id).sort())
  } finally {
    await range.close()
  }
})
