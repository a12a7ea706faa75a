import { signatureOf } from './auth.ts'
import type { Inquiry } from './dispatch.ts'
import { type Answer, AwsError, Params, refusal, type Service } from './wire.ts'

export interface Received {
  method: string
  url: string
  headers: { readonly [name: string]: string | string[] | undefined }
  body: string
  address: string
}

const QUERY: ReadonlySet<string> = new Set<Service>(['iam', 'sts', 'ec2'])

/** The JSON services, by what `X-Amz-Target` begins with. */
const TARGETS: { readonly [prefix: string]: 'secretsmanager' | 'organizations' } = {
  secretsmanager: 'secretsmanager',
  AWSOrganizationsV20161128: 'organizations',
}

/**
 * Which service and operation a request is for: one port answers for all services, and they differ by the
 * credential scope that was signed (`…/eu-west-1/sts/aws4_request`). A service that the lab does not have is answered
 * with 501 at once.
 */
export function receive({ method, url, headers, body, address }: Received): Inquiry | Answer {
  const signature = signatureOf(headers)
  const target = headers['x-amz-target']
  const agent = String(headers['user-agent'] ?? '')
  if (typeof target === 'string') {
    const [prefix = '', operation = ''] = target.split('.')
    const service = Object.hasOwn(TARGETS, prefix) ? TARGETS[prefix] : undefined
    if (service === undefined) {
      return unknown('secretsmanager', signature?.service ?? 'unsigned', operation)
    }
    const input = parse(body)
    if (input === undefined) {
      return refusal(service, new AwsError('SerializationException', 400, 'the body is no JSON object'))
    }
    return { service, operation, signature, params: new Params(new Map()), input, address, agent }
  }
  const params = new Params(new Map(new URLSearchParams(method === 'POST' ? body : url.split('?')[1])))
  const operation = params.get('Action') ?? `${method} ${url}`
  // AssumeRoleWithWebIdentity is not signed: the token is the credential.
  const service = signature?.service ?? (/^AssumeRoleWith/.test(operation) ? 'sts' : 'iam')
  if (!isQuery(service)) return unknown('iam', service, operation)
  return { service, operation, signature, params, input: {}, address, agent }
}

function isQuery(name: string): name is Service {
  return QUERY.has(name)
}

/** @param format the service whose format the answer has */
function unknown(format: Service, service: string, operation: string): Answer {
  const message = `the lab does not know ${service}:${operation}`
  return refusal(format, new AwsError('NotImplemented', 501, message))
}

function parse(text: string): { readonly [member: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
