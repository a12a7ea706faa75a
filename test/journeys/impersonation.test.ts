import { expect, it } from 'vitest'
import { gcpCase } from '../cases/gcp.ts'
import { Desk } from '../hostile/program.ts'

it('--impersonate-service-account acts as that account, on any command', async () => {
  const desk = await Desk.open(gcpCase())
  try {
    const account = 'checkout@acme-prod.iam.gserviceaccount.com'
    const told = await desk.interdict(['doctor', '--cloud', 'gcp', '--impersonate-service-account', account])
    expect(told.code).toBe(2)
    expect(told.stdout).toContain('unable to impersonate')
    expect(desk.operations()).toContain('iamcredentials.projects.serviceAccounts.generateAccessToken')
  } finally {
    await desk.close()
  }
})
