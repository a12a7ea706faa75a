import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Account } from './aws-account.ts'
import type { Entity, Part } from './aws-entities.ts'
import { pageOf, roleDetail, type Seat, userDetail } from './aws-pages.ts'
import { type WireAnswer, wireAnswer } from './aws-wire.ts'
import { inner, list, type Members, text } from './recordings.ts'
import type { Tally } from './tally.ts'

class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

type Params = { readonly [name: string]: string }

/**
 * Answers the real SDK clients on loopback with what was recorded. The access key id of a request says which account is
 * meant, and how large its pages are. Answers that we need and that were not recorded are composed of recorded ones: GetAccountAuthorizationDetails
 * of the users and roles, the texts of inline policies of the recorded policy documents, GetAccessKeyLastUsed of the listed keys.
 */
export class RecordedAws {
  readonly #tally: Tally
  readonly #seats = new Map<string, Seat>()
  readonly #asked = new Map<string, number>()
  readonly #server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const authorization = request.headers.authorization ?? ''
    const [, key = '', service = ''] = /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(authorization) ?? []
    const body = Buffer.concat(chunks).toString('utf8')
    const target = String(request.headers['x-amz-target'] ?? '')
      .split('.')
      .at(-1)
    const params: Params = target ? textsIn(body) : Object.fromEntries(new URLSearchParams(body))
    const {
      status,
      type,
      body: sent,
    } = this.#answer(key, service, target || (params['Action'] ?? ''), params)
    this.#tally.answers += 1
    response.writeHead(status, {
      'content-type': type,
      'x-amzn-requestid': '00000000-0000-4000-8000-000000000000',
    })
    response.end(sent)
  })

  constructor(tally: Tally) {
    this.#tally = tally
  }

  async start(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  /** Credentials with which the account is seen. */
  seat(seat: Seat): { accessKeyId: string; secretAccessKey: string } {
    const accessKeyId = `AKIARECORDED${this.#seats.size}`
    this.#seats.set(accessKeyId, seat)
    return { accessKeyId, secretAccessKey: 'recorded' }
  }

  #answer(key: string, service: string, operation: string, params: Params): WireAnswer {
    const seat = this.#seats.get(key)
    try {
      if (!seat) throw new Refusal(403, 'InvalidClientTokenId', `no account is seen with ${key}`)
      const count = (this.#asked.get(`${key} ${operation}`) ?? 0) + 1
      this.#asked.set(`${key} ${operation}`, count)
      const answer = this.#recorded(seat, operation, params, count)
      return wireAnswer(service, operation, 'status' in answer ? answer.status : 200, answer.body)
    } catch (error) {
      const { status = 500, code = 'InternalFailure', message } = error as Partial<Refusal> & Error
      return wireAnswer(service, operation, status, {
        Error: { Type: 'Sender', Code: code, Message: message },
      })
    }
  }

  #sent(...parts: (Part<unknown> | undefined)[]): void {
    for (const part of parts) for (const file of part?.files ?? []) this.#tally.files.add(file)
  }

  #recorded(
    seat: Seat,
    operation: string,
    params: Params,
    count: number,
  ): { status?: number; body: Members } {
    const { account } = seat
    const name =
      params['UserName'] ?? params['RoleName'] ?? params['PolicyArn'] ?? params['OpenIDConnectProviderArn']
    const refusal = account.refusals.get(name === undefined ? operation : `${operation} ${name}`)
    if (refusal) return this.#file(refusal)
    const self = () => this.#entity(account, params)
    const page = (member: string, part: Part<readonly unknown[]> | undefined) => {
      this.#sent(part)
      return { body: pageOf(member, part?.value ?? [], seat, params) }
    }
    switch (operation) {
      case 'GetCallerIdentity':
        this.#sent(account.caller)
        return { body: account.caller.value }
      case 'GetAccountAuthorizationDetails':
        return { body: this.#details(seat, params) }
      case 'GetUser':
        this.#sent(self().self)
        return { body: { User: self().self.value } }
      case 'GetRole':
        this.#sent(self().self)
        return { body: { Role: self().self.value } }
      case 'ListUserPolicies':
      case 'ListRolePolicies':
        return page('PolicyNames', self().inline)
      case 'GetUserPolicy':
      case 'GetRolePolicy':
        return { body: this.#document(seat, self(), params) }
      case 'ListAttachedUserPolicies':
      case 'ListAttachedRolePolicies':
        return page('AttachedPolicies', self().attached)
      case 'ListGroupsForUser':
        return page('Groups', self().groups)
      case 'ListInstanceProfilesForRole':
        return page('InstanceProfiles', self().profiles)
      case 'ListAccessKeys':
        return page('AccessKeyMetadata', self().keys)
      case 'ListSSHPublicKeys':
        return page('SSHPublicKeys', self().sshKeys)
      case 'ListSigningCertificates':
        return page('Certificates', self().certificates)
      case 'ListServiceSpecificCredentials':
        return page('ServiceSpecificCredentials', servicesOf(account, params))
      case 'ListOpenIDConnectProviders':
        return { body: { OpenIDConnectProviderList: [...account.providers.keys()].map(Arn => ({ Arn })) } }
      case 'GetOpenIDConnectProvider':
        return this.#part(account.providers.get(params['OpenIDConnectProviderArn'] ?? ''), value => value)
      case 'GetPolicy':
        return this.#part(account.policies.get(params['PolicyArn'] ?? ''), Policy => ({ Policy }))
      case 'GetAccountSummary':
        if (!account.summary) throw new Refusal(403, 'AccessDenied', 'no summary was recorded')
        return this.#part(account.summary, value => value)
      case 'ListAccountAliases':
        return this.#part(account.aliases ?? { value: [], files: [] }, AccountAliases => ({ AccountAliases }))
      case 'GenerateCredentialReport': {
        const state = account.reportStates[count - 1]
        if (state) return this.#file(state)
        if (!account.report) throw new Refusal(403, 'AccessDenied', 'no report was recorded')
        return { body: { State: 'COMPLETE' } }
      }
      case 'GetCredentialReport':
        if (!account.report) throw new Refusal(410, 'ReportNotPresent', 'no report was recorded')
        return this.#part(account.report, value => value)
      case 'GetAccessKeyLastUsed':
        return { body: { UserName: ownerOf(account, params['AccessKeyId']) } }
      case 'SimulatePrincipalPolicy':
        if (!account.simulation) throw new Refusal(403, 'AccessDenied', 'no simulation was recorded')
        return this.#file(account.simulation)
      case 'DescribeOrganization':
        if (!account.organization)
          throw new Refusal(400, 'AWSOrganizationsNotInUseException', 'none was recorded')
        return this.#file(account.organization)
      case 'ListRoots': {
        // Composed: the organization says which types of policies it has.
        const types = list(inner(account.organization?.body, 'Organization'), 'AvailablePolicyTypes')
        return { body: { Roots: [{ Id: 'r-reco', PolicyTypes: types }] } }
      }
      case 'ListPoliciesForTarget':
        return { body: { Policies: [] } }
      case 'ListAccounts':
        return this.#part(account.accounts, Accounts => ({ Accounts }))
      case 'AssumeRole':
        if (!account.assumed) throw new Refusal(403, 'AccessDenied', 'no answer was recorded')
        return this.#file(account.assumed)
    }
    throw new Refusal(400, 'InvalidAction', `${operation} was not recorded`)
  }

  #file({ file, status, body }: { file: string; status: number; body: Members }) {
    this.#tally.files.add(file)
    return { status, body }
  }

  #part<Value>(part: Part<Value> | undefined, body: (value: Value) => Members): { body: Members } {
    if (!part) throw new Refusal(404, 'NoSuchEntity', 'nothing of that name was recorded')
    this.#sent(part)
    return { body: body(part.value) }
  }

  #entity(account: Account, { UserName, RoleName }: Params): Entity {
    const found = RoleName === undefined ? account.users.get(UserName ?? '') : account.roles.get(RoleName)
    if (found) return found
    const [kind, name] = RoleName === undefined ? ['user', UserName] : ['role', RoleName]
    throw new Refusal(404, 'NoSuchEntity', `The ${kind} with name ${name} cannot be found.`)
  }

  /** The text of an inline policy: a recorded document, another for each name. */
  #document(
    { documents }: Seat,
    { inline }: Entity,
    { PolicyName = '', UserName, RoleName }: Params,
  ): Members {
    const index = inline?.value.indexOf(PolicyName) ?? -1
    const document = documents[index % documents.length]
    if (index < 0 || !document)
      throw new Refusal(404, 'NoSuchEntity', `The policy with name ${PolicyName} cannot be found.`)
    this.#sent(document)
    return { UserName, RoleName, PolicyName, PolicyDocument: document.value }
  }

  #details(seat: Seat, params: Params): Members {
    const isUsers = params['Filter.member.1'] === 'User'
    const all = [...(isUsers ? seat.account.users : seat.account.roles).values()]
    const body = pageOf('Details', all, seat, params)
    for (const file of seat.account.listed[isUsers ? 'users' : 'roles']) this.#tally.files.add(file)
    const some = body['Details'] as Entity[]
    for (const each of some) this.#sent(each.self, each.attached, each.groups, each.inline, each.profiles)
    const { Details: _, ...rest } = body
    return {
      ...(isUsers ? { UserDetailList: some.map(userDetail) } : { RoleDetailList: some.map(roleDetail) }),
      ...rest,
    }
  }
}

function servicesOf({ services }: Account, { UserName, ServiceName }: Params): Part<Members[]> {
  const value = services.value.filter(
    each =>
      (UserName === undefined || text(each, 'UserName') === UserName) &&
      (ServiceName === undefined || text(each, 'ServiceName') === ServiceName),
  )
  return { value, files: services.files }
}

function ownerOf({ users }: Account, key: string | undefined): string {
  for (const [name, { keys }] of users) {
    if (keys?.value.some(each => text(each, 'AccessKeyId') === key)) return name
  }
  throw new Refusal(403, 'AccessDenied', 'the key is not of this account')
}

function textsIn(body: string): Params {
  const members = JSON.parse(body || '{}') as Members
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, String(value)]))
}

export function documentsOf(
  recordings: readonly { operation: string; body: Members; file: string }[],
): Part<string>[] {
  return recordings
    .filter(({ operation }) => operation === 'GetPolicyVersion')
    .flatMap(({ body, file }) => {
      const value = text(body['PolicyVersion'] as Members, 'Document')
      return value === undefined ? [] : [{ value, files: [file] }]
    })
}
