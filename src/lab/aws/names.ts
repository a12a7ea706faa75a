import type { Tags } from './store.ts'
import { AwsError, invalid, type Params } from './wire.ts'

/** The longest name of each kind (IAM and AWS STS quotas, "IAM name requirements"). */
const LONGEST = { user: 64, role: 64, group: 128, policy: 128 } as const

/** The name that a new record is to have. @throws AwsError `ValidationError` for characters that no name may have */
export function newName(params: Params, member: string, kind: keyof typeof LONGEST): string {
  const name = params.need(member)
  if (/^[\w+=,.@-]+$/.test(name) && name.length <= LONGEST[kind]) return name
  throw invalid(
    `The specified value for ${member.charAt(0).toLowerCase()}${member.slice(1)} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
  )
}

/** `/` where none is given. @throws AwsError `ValidationError` for what is not a path */
export function newPath(params: Params): string {
  const path = params.get('Path') ?? '/'
  if (/^\/(?:[!-.0-~]+\/)*$/.test(path) && path.length <= 512) return path
  throw invalid(
    'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  )
}

/** Most tags of a user or a role (IAM and AWS STS quotas). */
const MOST_TAGS = 50

/** The tags with those of the call put over them. Keys are unique without regard to case (IAM, "Tagging"). */
export function tagged(before: Tags, params: Params): Tags {
  const tags = { ...before }
  for (const each of params.structures('Tags.member')) {
    const key = each.need('Key')
    const value = each.need('Value')
    if (key.length > 128 || /^aws:/i.test(key) || value.length > 256) {
      throw invalid(`Invalid tag: ${key}. A key has 1 to 128 characters and does not begin with aws:`)
    }
    const known = Object.keys(tags).find(name => name.toLowerCase() === key.toLowerCase())
    if (known !== undefined) delete tags[known]
    tags[key] = value
  }
  if (Object.keys(tags).length > MOST_TAGS) {
    throw new AwsError('LimitExceeded', 409, `Cannot exceed quota for TagsPerResource: ${MOST_TAGS}`)
  }
  return tags
}

/** The tags without those that the call names. Keys that are not there are ignored. */
export function untagged(before: Tags, params: Params): Tags {
  const gone = params.list('TagKeys.member').map(key => key.toLowerCase())
  return Object.fromEntries(Object.entries(before).filter(([key]) => !gone.includes(key.toLowerCase())))
}

/** Condition keys about the tags of a call (IAM User Guide, "Controlling access to AWS resources using tags"). */
export function tagKeys(params: Params): { [key: string]: string | string[] } {
  const tags = params.structures('Tags.member').map(each => [each.get('Key') ?? '', each.get('Value') ?? ''])
  const keys = [...tags.map(([key = '']) => key), ...params.list('TagKeys.member')]
  return {
    ...(keys.length === 0 ? {} : { 'aws:TagKeys': keys }),
    ...Object.fromEntries(tags.map(([key, value = '']) => [`aws:RequestTag/${key}`, value])),
  }
}

export function alreadyExists(what: string, name: string): AwsError {
  return new AwsError('EntityAlreadyExists', 409, `${what} with name ${name} already exists.`)
}

/** @param first what has to be deleted first, e.g. `access keys` */
export function deleteConflict(first: string): AwsError {
  return new AwsError('DeleteConflict', 409, `Cannot delete entity, must ${first} first.`)
}
