import type { IAMClient } from '@aws-sdk/client-iam'

type Library = typeof import('@aws-sdk/client-iam')

/** The operations on a user or on a role, under the same names. */
export interface Calls {
  inline: {
    list(): Promise<string[]>
    get(name: string): Promise<string>
    put(name: string, document: string): Promise<unknown>
    delete(name: string): Promise<unknown>
  }
  attached: {
    list(): Promise<string[]>
    put(arn: string): Promise<unknown>
    delete(arn: string): Promise<unknown>
  }
  record(): Promise<{ boundary: string | undefined; trust: string | undefined }>
  /** undefined takes it away. */
  boundary(arn: string | undefined): Promise<unknown>
  trust(document: string): Promise<unknown>
}

export function userCalls(api: Library, client: IAMClient, UserName: string): Calls {
  const named = (PolicyName: string) => ({ UserName, PolicyName })
  const arned = (PolicyArn: string) => ({ UserName, PolicyArn })
  return {
    inline: {
      list: async () => (await client.send(new api.ListUserPoliciesCommand({ UserName }))).PolicyNames ?? [],
      get: async name =>
        decodeURIComponent(
          (await client.send(new api.GetUserPolicyCommand(named(name)))).PolicyDocument ?? '',
        ),
      put: (name, PolicyDocument) =>
        client.send(new api.PutUserPolicyCommand({ ...named(name), PolicyDocument })),
      delete: name => client.send(new api.DeleteUserPolicyCommand(named(name))),
    },
    attached: {
      list: async () =>
        arnsIn((await client.send(new api.ListAttachedUserPoliciesCommand({ UserName }))).AttachedPolicies),
      put: arn => client.send(new api.AttachUserPolicyCommand(arned(arn))),
      delete: arn => client.send(new api.DetachUserPolicyCommand(arned(arn))),
    },
    async record() {
      const { User } = await client.send(new api.GetUserCommand({ UserName }))
      return { boundary: User?.PermissionsBoundary?.PermissionsBoundaryArn, trust: undefined }
    },
    boundary: arn =>
      arn === undefined
        ? client.send(new api.DeleteUserPermissionsBoundaryCommand({ UserName }))
        : client.send(new api.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: arn })),
    trust: async () => undefined,
  }
}

export function roleCalls(api: Library, client: IAMClient, RoleName: string): Calls {
  const named = (PolicyName: string) => ({ RoleName, PolicyName })
  const arned = (PolicyArn: string) => ({ RoleName, PolicyArn })
  return {
    inline: {
      list: async () => (await client.send(new api.ListRolePoliciesCommand({ RoleName }))).PolicyNames ?? [],
      get: async name =>
        decodeURIComponent(
          (await client.send(new api.GetRolePolicyCommand(named(name)))).PolicyDocument ?? '',
        ),
      put: (name, PolicyDocument) =>
        client.send(new api.PutRolePolicyCommand({ ...named(name), PolicyDocument })),
      delete: name => client.send(new api.DeleteRolePolicyCommand(named(name))),
    },
    attached: {
      list: async () =>
        arnsIn((await client.send(new api.ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies),
      put: arn => client.send(new api.AttachRolePolicyCommand(arned(arn))),
      delete: arn => client.send(new api.DetachRolePolicyCommand(arned(arn))),
    },
    async record() {
      const { Role } = await client.send(new api.GetRoleCommand({ RoleName }))
      return {
        boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
        trust: decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''),
      }
    },
    boundary: arn =>
      arn === undefined
        ? client.send(new api.DeleteRolePermissionsBoundaryCommand({ RoleName }))
        : client.send(new api.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: arn })),
    trust: PolicyDocument => client.send(new api.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument })),
  }
}

function arnsIn(policies: readonly { PolicyArn?: string | undefined }[] | undefined): string[] {
  return (policies ?? []).map(({ PolicyArn = '' }) => PolicyArn)
}
