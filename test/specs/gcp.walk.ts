import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { gcp } from '../../src/clouds/gcp/provider.ts'
import type { Session } from '../../src/model/provider.ts'
import { type GcpRange, openGcp } from '../contract/gcp-range.ts'
import { certify } from '../lab/azure/x509.ts'
import { firstMoves, type Send } from '../lab/gcp/first-moves.ts'
import { tokenOf } from '../lab/gcp/hq.ts'
import { everything } from './everything.ts'

test('everything that we ask of Google Cloud', { timeout: 300_000 }, async () => {
  const range = await openGcp(estate => {
    // The seed denies new keys; here a thief makes some.
    estate.denyPolicies = estate.denyPolicies.filter(({ id }) => id !== 'no-new-keys')
  })
  try {
    const cut = await everything(gcp, range.session as Session)
    await firstMoves(await asOwner(range), FOUND, Buffer.from(certify('thief').pem).toString('base64'))
    const folder = process.env['INTERDICT_TEST_RECORD']
    if (folder) writeFileSync(join(folder, 'google.json'), JSON.stringify(range.methods()))
    expect([...cut].sort()).toEqual(gcp.interruptions.map(({ id }) => id).sort())
  } finally {
    await range.close()
  }
})

const THIEF = 'orders@acme-prod.iam.gserviceaccount.com'
const FOUND = 'docs-publisher@acme-prod.iam.gserviceaccount.com'

/** A thief who owns the project: what he does first is judged, too. */
async function asOwner({ lab, cloud }: GcpRange): Promise<Send> {
  cloud.editPolicy('projects/acme-prod', policy => ({
    ...policy,
    bindings: [...policy.bindings, { role: 'roles/owner', members: [`serviceAccount:${THIEF}`] }],
  }))
  const authorization = `Bearer ${await tokenOf(lab.endpoint, THIEF)}`
  return async (method, path, body) => {
    const answer = await fetch(`${lab.endpoint}${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: await answer.json() }
  }
}
