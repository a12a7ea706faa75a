import type { Asked, Said } from '../clouds/gcp/loopback.ts'
import type { Account, Estate, Part } from './gcp-estate.ts'
import { type Members, text } from './recordings.ts'
import type { Tally } from './tally.ts'

/**
 * Answers Google's services with what was recorded. Composed of it is what was not recorded and we need: version 3 of projects,
 * folders and organizations of version 1 and 2, and Cloud Asset Inventory's search of the recorded policies. Policy Analyzer and
 * the organization policies were not recorded: they are denied.
 *
 * @param page items on a page of a listing; `Infinity` for all
 */
export function answers(estate: Estate, page: number, tally: Tally): (asked: Asked) => Said {
  const sent = (part: Part | undefined, body: unknown = part?.value): Said => {
    if (!part) return refused(404, 'NOT_FOUND')
    for (const file of part.files) tally.files.add(file)
    return { status: part.status ?? 200, body }
  }
  const ROUTES: readonly (readonly [
    method: string,
    path: RegExp,
    answer: (match: string[], query: URLSearchParams) => Said,
  ])[] = [
    [
      'POST',
      /^\/token$/,
      () => ({ body: { access_token: 'ya29.recorded', expires_in: 3600, token_type: 'Bearer' } }),
    ],
    [
      'GET',
      /^\/v3\/projects\/([^/:]+)$/,
      ([id = '']) => file(estate, `projects/${id}`, estate.projects.get(id), tally),
    ],
    ['GET', /^\/v3\/projects$/, (_, query) => paged('projects', below(estate, query), page, query)],
    ['GET', /^\/v3\/folders$/, (_, query) => paged('folders', foldersBelow(estate, query), page, query)],
    [
      'GET',
      /^\/v3\/((?:folders|organizations)\/\d+)$/,
      ([name = '']) => file(estate, name, estate.above.get(name), tally),
    ],
    [
      'POST',
      /^\/v3\/([a-z]+\/[^/:]+):getIamPolicy$/,
      // Every project has a policy; one without a binding is the least that there is.
      ([name = '']) => sent(estate.policies.get(name) ?? { value: { etag: 'ACAB' }, files: [] }),
    ],
    [
      'GET',
      /^\/v1\/projects\/([^/]+)\/serviceAccounts$/,
      (_, query) => {
        const all = estate.accounts.filter(({ self }) => (self.status ?? 200) === 200)
        for (const { self } of all) sent(self)
        return paged(
          'accounts',
          all.map(({ self }) => self.value),
          page,
          query,
        )
      },
    ],
    [
      'GET',
      /^\/v1\/projects\/[^/]+\/serviceAccounts\/([^/:]+)$/,
      ([name = '']) => sent(accountAt(estate, name)?.self),
    ],
    [
      'POST',
      /^\/v1\/projects\/[^/]+\/serviceAccounts\/([^/:]+):getIamPolicy$/,
      ([name = '']) => {
        const account = accountAt(estate, name)
        if (!account) return refused(404, 'NOT_FOUND')
        // A policy without a binding is what an account has from the start.
        return account.policy ? sent(account.policy) : { body: { etag: 'ACAB' } }
      },
    ],
    [
      'GET',
      /^\/v1\/projects\/[^/]+\/serviceAccounts\/([^/]+)\/keys$/,
      ([name = ''], query) => {
        const account = accountAt(estate, name)
        if (!account || (account.self.status ?? 200) !== 200) return refused(404, 'NOT_FOUND')
        const types = query.getAll('keyTypes')
        const keys = [...account.keys.values()].filter(
          ({ value, status = 200 }) =>
            status === 200 && (types.length === 0 || types.includes(text(value, 'keyType') ?? '')),
        )
        for (const each of account.keys.values()) if ((each.status ?? 200) === 200) sent(each)
        return { body: keys.length === 0 ? {} : { keys: keys.map(({ value }) => value) } }
      },
    ],
    [
      'GET',
      /^\/v1\/projects\/[^/]+\/serviceAccounts\/([^/]+)\/keys\/([^/]+)$/,
      ([name = '', id = '']) => sent(accountAt(estate, name)?.keys.get(id)),
    ],
    [
      'GET',
      /^\/v2\/projects\/\d+\/locations\/global\/keys$/,
      (_, query) => {
        for (const each of estate.files.get('api-keys') ?? []) tally.files.add(each)
        for (const key of estate.apiKeys.values()) sent(key)
        return paged(
          'keys',
          [...estate.apiKeys.values()].map(({ value }) => value),
          page,
          query,
        )
      },
    ],
    [
      'GET',
      /^\/v2\/projects\/\d+\/locations\/global\/keys\/([^/]+)$/,
      ([id = '']) => sent(estate.apiKeys.get(id)),
    ],
    [
      'GET',
      /^\/v1\/projects\/([^/]+):searchAllIamPolicies$/,
      ([id = ''], query) => paged('results', search(estate, id, query), page, query),
    ],
    [
      'GET',
      /^\/storage\/v1\/projects\/[^/]+\/hmacKeys$/,
      () => ({ body: { kind: 'storage#hmacKeysMetadata' } }),
    ],
    ['GET', /\/workloadIdentityPools$/, () => ({ body: {} })],
  ]
  return ({ method, url }) => {
    tally.answers += 1
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
    const path = decodeURIComponent(pathname)
    if (path === '/recorded') return sent(estate.other)
    for (const [verb, pattern, answer] of ROUTES) {
      const match = verb === method ? pattern.exec(path) : null
      if (match) return answer(match.slice(1), searchParams)
    }
    return refused(403, 'PERMISSION_DENIED')
  }
}

function refused(code: number, status: string): Said {
  return { status: code, body: { error: { code, status, message: 'not recorded' } } }
}

function file({ files }: Estate, name: string, body: Members | undefined, tally: Tally): Said {
  if (!body) return refused(403, 'PERMISSION_DENIED')
  for (const each of files.get(name) ?? []) tally.files.add(each)
  return { body }
}

export function accountAt({ accounts }: Estate, name: string): Account | undefined {
  return accounts.find(({ email, self }) => email === name || text(self.value, 'uniqueId') === name)
}

function below({ projects }: Estate, query: URLSearchParams): Members[] {
  return [...projects.values()].filter(each => each['parent'] === query.get('parent'))
}

function foldersBelow({ above, projects }: Estate, query: URLSearchParams): Members[] {
  const parent = query.get('parent')
  const listed = [...above.values()].filter(
    each => String(each['name']).startsWith('folders/') && each['parent'] === parent,
  )
  // A folder that projects name as their parent is there, whether or not it may be read.
  const named = [...projects.values()]
    .map(each => String(each['parent']))
    .filter(each => each.startsWith('folders/'))
  const others = parent?.startsWith('organizations/')
    ? [...new Set(named)].filter(each => !above.has(each))
    : []
  return [...listed, ...others.map(name => ({ name, parent, state: 'ACTIVE' }))]
}

/** The content of Cloud Asset Inventory: the policies of service accounts, or the policies that name somebody. */
function search({ accounts, policies }: Estate, project: string, query: URLSearchParams): Members[] {
  const named = /^policy:"(.+)"$/.exec(query.get('query') ?? '')?.[1]
  const types = query.getAll('assetTypes')
  const all: [string, string, Members][] = [
    ...accounts.flatMap(({ email, self, policy }): [string, string, Members][] => {
      const name = text(self.value, 'uniqueId') ?? email
      return policy
        ? [
            [
              `//iam.googleapis.com/projects/${project}/serviceAccounts/${name}`,
              'iam.googleapis.com/ServiceAccount',
              policy.value,
            ],
          ]
        : []
    }),
    ...[...policies]
      .filter(([name]) => name === `projects/${project}`)
      .map(([name, { value }]): [string, string, Members] => [
        `//cloudresourcemanager.googleapis.com/${name}`,
        `cloudresourcemanager.googleapis.com/${{ projects: 'Project', folders: 'Folder' }[name.split('/')[0] ?? ''] ?? 'Organization'}`,
        value,
      ]),
  ]
  return all
    .filter(
      ([, type, policy]) =>
        types.includes(type) && (named === undefined || JSON.stringify(policy).includes(named)),
    )
    .map(([resource, assetType, policy]) => ({ resource, assetType, project, policy }))
}

/** An empty list is left out, as Google's JSON leaves it out. A page may be empty with more to come: before a second page it is. */
function paged(member: string, items: readonly Members[], page: number, query: URLSearchParams): Said {
  const token = query.get('pageToken')
  const isShort = token === null && page === 2
  const from = Number(token?.replace('page-', '') ?? 0)
  const some = isShort ? [] : items.slice(from, from + page)
  const next = from + some.length
  return {
    body: {
      ...(some.length === 0 ? {} : { [member]: some }),
      ...(next < items.length ? { nextPageToken: `page-${next}` } : {}),
    },
  }
}
