import { cp } from 'node:fs/promises'
import { Recording } from '../recording.ts'

/** Contains the owner of a key of AWS, and returns the run. */
async function key(at: Recording, shape: string, id: string): Promise<string> {
  return await at.contain(shape, 'leaked-access-key', { args: ['--input', `key=${id}`] })
}

const WHY = ['--yes', '--reason', 'it leaked']

export async function recordRotated(name: string): Promise<void> {
  const at = await Recording.open(name, { clouds: ['aws', 'gcp', 'azure'] })
  const stored = await key(at, 'rotated and restored', 'AKIAXHVPLLVPRMD44DZ6')
  await at.lead(['restore', stored, '--rotate', '--into', 'aws-secretsmanager:billing/key', ...WHY])

  const filed = await key(at, 'rotated into a file, owner contained', 'AKIAKFXB5EBNCOX77VBC')
  await at.lead(['rotate', filed, '--into', `file:${at.path('metrics-push.json')}`, '--delete-old', ...WHY])

  const failed = await key(at, 'rotation failed', 'AKIAJJK2EA4WLJJHRQOF')
  at.trouble({
    operation: 'CreateSecret',
    trouble: { kind: 'error', code: 'AccessDeniedException', status: 400, message: 'no' },
    times: 0,
  })
  await at.lead(['rotate', failed, '--into', 'aws-secretsmanager:mobile/key', ...WHY], [4])
  at.calm()

  const orphaned = await key(at, 'rotation killed and resumed', 'AKIA2AP3JMOBHYGKLLU4')
  await at.lead(['rotate', orphaned, '--into', `file:${at.path('warehouse.json')}`, ...WHY], [null], {
    CRASH_AT: 'journal:3:after',
  })
  await at.lead(['resume', orphaned])

  const google = await at.contain('rotated key of Google Cloud', 'leaked-service-account-key', {
    args: ['--input', 'key=16752473f8cdaee8018e5670c50608083bd1ffa6'],
  })
  await at.lead([
    'rotate',
    google,
    '--into',
    'gcp-secretmanager:projects/acme-prod/secrets/rotated-key',
    ...WHY,
  ])

  const vault = 'azure-keyvault:https://kv-acme-prod.vault.azure.net/secrets'
  const secret = await at.contain('rotated client secret of Azure', 'oauth-app-consent-abuse', {
    args: ['--input', 'app=5a380f2f-df22-4032-90bf-0ad84234ee40'],
  })
  await at.lead([
    'restore',
    secret,
    '--rotate',
    '--into',
    `${vault}/reports-api-secret`,
    '--delete-old',
    ...WHY,
  ])
  await at.save()
  for (const file of ['metrics-push.json', 'warehouse.json']) {
    await cp(at.path(file), at.saved('destinations', file))
  }
  await at.close()
}
