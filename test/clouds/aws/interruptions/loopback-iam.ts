import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

type Input = { [name: string]: string | undefined }
type Answer = { [name: string]: unknown }

class NoSuchEntity extends Error {}

const encoded = (text: string) => encodeURIComponent(text)
const gone = (): never => {
  throw new NoSuchEntity('not found')
}

/** One user and one role with the same settings, in the little of IAM that the round trips need. */
export class LoopbackIam {
  inline = new Map([['app', '{ "Version": "2012-10-17", "note": "%20 + é" }']])
  attached = new Set(['arn:aws:iam::1:policy/x', 'arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV4'])
  groups = new Set(['g'])
  boundary: string | undefined = 'arn:aws:iam::1:policy/b'
  trust: { Statement: unknown } & Answer = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::1:root' }, Action: 'sts:AssumeRole' }],
  }
  status = 'Active'
  audiences = new Set(['a', 'b'])
  here = true
  /** Listings come one item a page, after an empty page. */
  short = false
  calls: string[] = []
  #server: Server | undefined

  async start(): Promise<string> {
    this.#server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      const input = Object.fromEntries(new URLSearchParams(body)) as Input
      const action = input.Action ?? ''
      this.calls.push(action)
      try {
        const all = this.answer(action, input)
        const result = xml(this.short && /^(List|Simulate)/.test(action) ? pageOf(all, input.Marker) : all)
        response.end(`<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`)
      } catch (error) {
        response.statusCode = error instanceof NoSuchEntity ? 404 : 400
        const code = error instanceof NoSuchEntity ? 'NoSuchEntity' : 'ValidationError'
        response.end(
          `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${error}</Message></Error></ErrorResponse>`,
        )
      }
    })
    const server = this.#server
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise(resolve => this.#server?.close(resolve))
  }

  /** Everything but the calls, to compare. */
  state(): unknown {
    const { inline, attached, groups, boundary, trust, status, audiences } = this
    const sorted = (items: Iterable<unknown>) => [...items].sort()
    return [sorted(inline), sorted(attached), sorted(groups), boundary, trust, status, sorted(audiences)]
  }

  answer(action: string, input: Input): Answer {
    const { PolicyName = '', PolicyArn = '', GroupName = '', ClientID = '' } = input
    if (!this.here) gone()
    switch (action.replace(/User|Role(?!s)/, '*')) {
      case 'Get*':
        return { User: this.#self('UserId'), Role: this.#self('RoleId') }
      case 'List*Policies':
        return { PolicyNames: [...this.inline.keys()] }
      case 'Get*Policy':
        return { PolicyDocument: encoded(this.inline.get(PolicyName) ?? gone()) }
      case 'Put*Policy':
        this.inline.set(PolicyName, input.PolicyDocument ?? '')
        return {}
      case 'Delete*Policy':
        return this.inline.delete(PolicyName) ? {} : gone()
      case 'ListAttached*Policies':
        return { AttachedPolicies: [...this.attached].map(arn => ({ PolicyArn: arn })) }
      case 'Attach*Policy':
        if (PolicyArn.includes('deleted')) gone()
        this.attached.add(PolicyArn)
        return {}
      case 'Detach*Policy':
        return this.attached.delete(PolicyArn) ? {} : gone()
      case 'Put*PermissionsBoundary':
        this.boundary = input.PermissionsBoundary
        return {}
      case 'Delete*PermissionsBoundary':
        this.boundary = undefined
        return {}
      case 'ListGroupsFor*':
        return { Groups: [...this.groups].map(name => ({ GroupName: name })) }
      case 'Add*ToGroup':
        this.groups.add(GroupName)
        return {}
      case 'Remove*FromGroup':
        return this.groups.delete(GroupName) ? {} : gone()
      case 'UpdateAssume*Policy':
        this.trust = JSON.parse(input.PolicyDocument ?? '')
        return {}
      case 'GetPolicy':
        return { Policy: { DefaultVersionId: 'v1' } }
      case 'GetAccountSummary':
        return {}
      case 'GetOpenIDConnectProvider':
        return { ClientIDList: [...this.audiences] }
      case 'AddClientIDToOpenIDConnectProvider':
        this.audiences.add(ClientID)
        return {}
      case 'RemoveClientIDFromOpenIDConnectProvider':
        this.audiences.delete(ClientID)
        return {}
      case 'SimulatePrincipalPolicy': {
        const asked = Object.keys(input).filter(name => name.startsWith('ActionNames.'))
        return {
          EvaluationResults: asked.map(name => ({
            EvalActionName: input[name],
            EvalDecision: 'explicitDeny',
          })),
        }
      }
    }
    return this.#credential(action, input)
  }

  #credential(action: string, { UserName, Status = '' }: Input): Answer {
    if (UserName !== 'owner') throw new Error('the caller has no such credential')
    if (action.startsWith('Update')) {
      this.status = Status
      return {}
    }
    const one = (id: string) => [
      { [id]: 'another', Status: 'Active' },
      { [id]: 'subject', Status: this.status },
    ]
    return {
      AccessKeyMetadata: one('AccessKeyId'),
      ServiceSpecificCredentials: one('ServiceSpecificCredentialId'),
      Certificates: one('CertificateId'),
      SSHPublicKeys: one('SSHPublicKeyId'),
    }
  }

  #self(id: string): Answer {
    return {
      [id]: 'AROAEXAMPLE',
      AssumeRolePolicyDocument: encoded(JSON.stringify(this.trust)),
      ...(this.boundary ? { PermissionsBoundary: { PermissionsBoundaryArn: this.boundary } } : {}),
    }
  }
}

/** The page at a marker, which is the number of the item. */
function pageOf(answer: Answer, marker: string | undefined): Answer {
  const from = Number(marker ?? -1)
  const lists = Object.entries(answer).map(
    ([name, value]) => [name, Array.isArray(value) ? value : []] as const,
  )
  const next = from + 1
  const isMore = lists.some(([, items]) => next < items.length)
  const page = lists.map(([name, items]) => [name, from < 0 ? [] : items.slice(from, next)])
  return { ...Object.fromEntries(page), IsTruncated: isMore, ...(isMore ? { Marker: String(next) } : {}) }
}

function xml(value: unknown): string {
  if (Array.isArray(value)) return value.map(each => `<member>${xml(each)}</member>`).join('')
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, member]) => `<${name}>${xml(member)}</${name}>`)
      .join('')
  }
  return String(value).replace(/&/g, '&amp;').replace(/</g, '&lt;')
}
