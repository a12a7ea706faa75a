import { ACCOUNT } from './ids.ts'

export const GITHUB = 'token.actions.githubusercontent.com'
export const EKS = 'oidc.eks.eu-west-1.amazonaws.com/id/5A1B9C0D2E3F4A5B6C7D8E9F0A1B2C3D'
export const REGION = 'eu-west-1'

export function policy(...statements: object[]): object {
  return { Version: '2012-10-17', Statement: statements }
}

export function allow(
  actions: string | readonly string[],
  resources: string | readonly string[] = '*',
): object {
  return { Effect: 'Allow', Action: actions, Resource: resources }
}

/** May read the secrets whose names begin so. */
export function reads(...prefixes: string[]): object {
  return policy(
    allow(
      ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
      prefixes.map(prefix => `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${prefix}*`),
    ),
  )
}

export function customerArn(name: string): string {
  return `arn:aws:iam::${ACCOUNT}:policy/${name}`
}

export function providerArn(url: string): string {
  return `arn:aws:iam::${ACCOUNT}:oidc-provider/${url}`
}

export function trustsService(
  service: string,
  actions: string | readonly string[] = 'sts:AssumeRole',
): object {
  return policy({ Effect: 'Allow', Principal: { Service: service }, Action: actions })
}

export function trustsAws(principal: string | readonly string[], condition?: object): object {
  return policy({
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: 'sts:AssumeRole',
    ...(condition === undefined ? {} : { Condition: condition }),
  })
}

/** GitHub Actions; without `sub`, as IAM let people write it until it became mandatory, any repository in the world. */
export function trustsGithub(sub?: string): object {
  return trustsToken(GITHUB, {
    StringEquals: { [`${GITHUB}:aud`]: 'sts.amazonaws.com' },
    ...(sub === undefined ? {} : { StringLike: { [`${GITHUB}:sub`]: sub } }),
  })
}

/** A Kubernetes service account of the cluster (IAM roles for service accounts). */
export function trustsPod(namespace: string, account: string): object {
  return trustsToken(EKS, {
    StringEquals: {
      [`${EKS}:aud`]: 'sts.amazonaws.com',
      [`${EKS}:sub`]: `system:serviceaccount:${namespace}:${account}`,
    },
  })
}

function trustsToken(url: string, condition: object): object {
  return policy({
    Effect: 'Allow',
    Principal: { Federated: providerArn(url) },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: condition,
  })
}

/** A document whose text has this many characters, white space not counted: what years of additions leave behind. */
export function ofSize(size: number): object {
  const bucket = (fill: string) => policy(allow(['s3:GetObject'], `arn:aws:s3:::acme-archive-${fill}/*`))
  return bucket('x'.repeat(Math.max(0, size - JSON.stringify(bucket('')).length)))
}
