import type { STSClient } from '@aws-sdk/client-sts'
import { agentsOf } from '../../egress/agents.ts'
import { Fault } from '../../model/fault.ts'
import { type OpenedObjects, prefixOf, sendObject } from '../kit/http/object-sender.ts'
import { partitionOf } from './http/sdk.ts'

/** A bucket's name ("General purpose bucket naming rules", Amazon S3 User Guide). */
const URL_FORM = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(\/[^?]*)?(?:\?region=([a-z0-9-]+))?$/

/**
 * Opens `s3://bucket/prefix`. Credentials and region are the default chain's; `?region=` names another region. An endpoint in
 * `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` gets path-style addresses. Throws Fault `usage` for another form.
 */
export async function s3Place(url: string, environment: NodeJS.ProcessEnv): Promise<OpenedObjects> {
  const [, bucket, path = '', region] = URL_FORM.exec(url) ?? []
  const prefix = prefixOf(path)
  if (bucket === undefined || prefix === undefined) {
    throw new Fault('usage', `${JSON.stringify(url)} is not the address of an S3 bucket`, {
      next: 'write it like s3://bucket/prefix, or s3://bucket/prefix?region=eu-west-1',
    })
  }
  const { client, signer, signedFor } = await signerFor(region)
  const endpoint = environment['AWS_ENDPOINT_URL_S3'] || environment['AWS_ENDPOINT_URL']
  const host = `s3.${signedFor}.${(await partitionOf(signedFor)).dnsSuffix}`
  // The certificate of *.s3 does not cover a bucket with dots.
  const base = endpoint
    ? `${endpoint.replace(/\/$/, '')}/${bucket}`
    : bucket.includes('.')
      ? `https://${host}/${bucket}`
      : `https://${bucket}.${host}`
  return {
    ...{ protocol: 's3', base, prefix },
    async send(request) {
      const { method, url, headers, body } = request
      let signed: { headers: { [name: string]: string } }
      try {
        signed = await signer.sign({
          ...{ method, protocol: url.protocol, hostname: url.hostname, path: url.pathname },
          ...(url.port === '' ? {} : { port: Number(url.port) }),
          query: Object.fromEntries(url.searchParams),
          headers: { ...headers, host: url.host },
          ...(body === undefined ? {} : { body }),
        })
      } catch (error) {
        throw new Fault('not-authenticated', `s3: ${error instanceof Error ? error.message : error}`, {
          next: 'sign in to AWS, or set AWS_PROFILE',
          cause: error,
        })
      }
      const { host: _, ...rest } = signed.headers
      const answer = await sendObject(request, rest)
      const there = answer.headers.get('x-amz-bucket-region')
      if (answer.status < 300 || there === null || there === client.region) return answer
      throw new Fault('usage', `the bucket ${bucket} is in ${there}`, {
        next: `s3://${bucket}/${prefix.replace(/\/$/, '')}?region=${there}`,
      })
    },
  }
}

async function signerFor(region: string | undefined) {
  const [{ STSClient }, { SignatureV4 }] = await Promise.all([
    import('@aws-sdk/client-sts'),
    import('@smithy/signature-v4'),
  ])
  const agents = agentsOf()
  const requestHandler = agents && { httpAgent: agents.http, httpsAgent: agents.https }
  const { config }: STSClient = new STSClient({
    ...(region === undefined ? {} : { region }),
    // The second is handed to the clients by which single sign-on gets credentials.
    ...(requestHandler && { requestHandler, clientConfig: { requestHandler } }),
  })
  const signedFor = await config.region().catch(() => 'us-east-1')
  const signer = new SignatureV4({
    ...{ service: 's3', region: signedFor, credentials: config.credentials, sha256: config.sha256 },
    // Keys of S3 are escaped once ("Create a signed AWS API request").
    uriEscapePath: false,
  })
  return { client: { region: signedFor }, signer, signedFor }
}
