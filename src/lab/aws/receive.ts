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

const SERVICES: ReadonlySet<string> = new Set<Service>(['iam', 'sts', 'ec2', 'secretsmanager'])

/**
 * Which service and operation a request is for: one port answers for all services, and they are told apart by the
 * credential scope that was signed (`…/eu-west-1/sts/aws4_request`). A service that the lab does not have is answered
 * with 501 at once.
 */
export function receive({ method, url, headers, body, address }: Received): Inquiry | Answer {
  const signature = signatureOf(headers)
  const target = headers['x-amz-target']
  const agent = String(headers['user-agent'] ?? '')
  if (typeof target === 'string') {
    const operation = target.split('.').at(-1) ?? ''
    const service = target.startsWith('secretsmanager.') ? 'secretsmanager' : signature?.service
    if (service !== 'secretsmanager') return unknown('secretsmanager', service ?? 'unsigned', operation)
    const input = parse(body)
    if (input === undefined) {
      return refusal(
        'secretsmanager',
        new AwsError('SerializationException', 400, 'the body is no JSON object'),
      )
    }
    return { service, operation, signature, params: new Params(new Map()), input, address, agent }
  }
  const params = new Params(new Map(new URLSearchParams(method === 'POST' ? body : url.split('?')[1])))
  const operation = params.get('Action') ?? `${method} ${url}`
  // AssumeRoleWithWebIdentity is not signed: the token is the credential.
  const service = signature?.service ?? (/^AssumeRoleWith/.test(operation) ? 'sts' : 'iam')
  if (!isService(service) || service === 'secretsmanager') return unknown('iam', service, operation)
  return { service, operation, signature, params, input: {}, address, agent }
}

function isService(name: string): name is Service {
  return SERVICES.has(name)
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
