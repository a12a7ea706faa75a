import { keyOf, userArn } from '../estate.ts'
import { randomId } from '../issue.ts'
import { alreadyExists, deleteConflict, newName, newPath, tagged, tagKeys, untagged } from '../names.ts'
import type { User } from '../store.ts'
import { showById } from '../trust-ids.ts'
import { AwsError, invalid, notFound } from '../wire.ts'
import { newBoundary } from './managed-policies.ts'
import { type Call, limit, type Route, type Routes, saveUser, theUser } from './route.ts'
import { date, userShape } from './shapes.ts'

/** Users of an account (IAM and AWS STS quotas). */
const MOST_USERS = 5000

/** The things that have to be deleted before a user can be (API reference, DeleteUser). */
const BELONGINGS: readonly (readonly [first: string, has: (user: User) => boolean])[] = [
  ['delete login profile', ({ login }) => login !== undefined],
  ['delete access keys', ({ accessKeys }) => accessKeys.length > 0],
  ['delete signing certificates', ({ certificates }) => certificates.length > 0],
  ['delete SSH public keys', ({ sshKeys }) => sshKeys.length > 0],
  ['delete service specific credentials', ({ serviceCredentials }) => serviceCredentials.length > 0],
  ['deactivate MFA devices', ({ mfa }) => mfa.length > 0],
  ['delete policies', ({ inline }) => Object.keys(inline).length > 0],
  ['detach all policies', ({ attached }) => attached.length > 0],
  ['remove users from group', ({ groups }) => groups.length > 0],
]

function loginShape({ name, login }: User) {
  if (login === undefined) throw notFound(`Login Profile for User ${name} cannot be found.`)
  return { UserName: name, CreateDate: date(login.created), PasswordResetRequired: false }
}

function checkPassword(password: string | undefined): void {
  if (password === undefined) return
  if (password.length >= 8 && password.length <= 128) return
  throw new AwsError('PasswordPolicyViolation', 400, 'Password should have a minimum length of 8')
}

const byTags: Partial<Route> = { keys: ({ params }) => tagKeys(params) }

export const users: Routes = {
  CreateUser: {
    writes: true,
    resource: ({ params, account }) =>
      userArn(account.id, { name: params.need('UserName'), path: newPath(params) }),
    keys: ({ params }) => ({
      ...tagKeys(params),
      'iam:PermissionsBoundary': params.get('PermissionsBoundary'),
    }),
    run(call) {
      const { account, params, clock } = call
      const name = newName(params, 'UserName', 'user')
      if (account.users.get(keyOf({ name })) !== undefined) throw alreadyExists('User', name)
      if (account.users.size >= MOST_USERS)
        throw limit(`Cannot exceed quota for UsersPerAccount: ${MOST_USERS}`)
      const user: User = {
        name,
        path: newPath(params),
        id: randomId('AIDA'),
        created: clock.now(),
        tags: tagged({}, params),
        inline: {},
        attached: [],
        groups: [],
        ...newBoundary(call),
        accessKeys: [],
        serviceCredentials: [],
        certificates: [],
        sshKeys: [],
        mfa: [],
      }
      saveUser(call, user)
      return { User: userShape(account.id, user) }
    },
  },
  DeleteUser: {
    writes: true,
    run(call) {
      const user = theUser(call)
      const [first] = BELONGINGS.filter(([, has]) => has(user))
      if (first !== undefined) throw deleteConflict(first[0])
      call.account.users.delete(keyOf(user))
      showById(call.estate, userArn(call.account.id, user), user.id)
      return undefined
    },
  },
  TagUser: {
    ...byTags,
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, tags: tagged(user.tags, call.params) })
      return undefined
    },
  },
  UntagUser: {
    ...byTags,
    writes: true,
    run(call) {
      const user = theUser(call)
      saveUser(call, { ...user, tags: untagged(user.tags, call.params) })
      return undefined
    },
  },
  GetLoginProfile: { run: call => ({ LoginProfile: loginShape(theUser(call, call.view)) }) },
  CreateLoginProfile: {
    writes: true,
    run(call) {
      const user = theUser(call)
      if (user.login !== undefined) throw alreadyExists('Login Profile for User', user.name)
      if (call.params.get('Password') === undefined)
        throw invalid('Password is needed outside of a root session')
      checkPassword(call.params.get('Password'))
      const after = { ...user, login: { created: call.clock.now() } }
      saveUser(call, after)
      return { LoginProfile: { ...loginShape(after), PasswordResetRequired: resetRequired(call) } }
    },
  },
  UpdateLoginProfile: {
    writes: true,
    run(call) {
      const user = theUser(call)
      loginShape(user)
      checkPassword(call.params.get('Password'))
      return undefined
    },
  },
  DeleteLoginProfile: {
    writes: true,
    run(call) {
      const { login, ...user } = theUser(call)
      if (login === undefined) throw notFound(`Login Profile for User ${user.name} cannot be found.`)
      saveUser(call, user)
      return undefined
    },
  },
}

function resetRequired({ params }: Call): boolean {
  return params.get('PasswordResetRequired') === 'true'
}
