import { listCertificates } from '../inventory/credentials.ts'
import { credentialDisable } from '../settings/user-credential.ts'

export const signingCertificateDisable = credentialDisable({
  kind: 'signing-certificate',
  summary: 'Switch the X.509 signing certificate off',
  leaves: 'the other credentials of the user',
  list: 'ListSigningCertificates',
  update: 'UpdateSigningCertificate',
  all: async (client, user) =>
    (await listCertificates(client, user)).map(each => ({ id: each.CertificateId, status: each.Status })),
  set: (client, UserName, CertificateId, Status) =>
    client.iam('UpdateSigningCertificate', { UserName, CertificateId, Status }),
})
