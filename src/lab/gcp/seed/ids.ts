import { createHash } from 'node:crypto'

export const ORGANIZATION = '998877665544'
export const DOMAIN = 'acme.example'
export const CUSTOMER = 'C01acme42'
export const FOLDERS = { production: '100200300401', shared: '100200300402' } as const
export const PROJECTS = {
  'acme-prod': '123456789012',
  'acme-data': '223456789012',
  'acme-shop': '323456789012',
} as const
export type ProjectId = keyof typeof PROJECTS

/** Somebody else's projects: their accounts are named in policies and never listed. */
export const VENDOR_PROJECT = 'northwind-vendor'
export const PARTNER_PROJECT = 'contoso-partner'

export const GITHUB = 'https://token.actions.githubusercontent.com'
export const GITLAB = 'https://gitlab.acme.example'
export const NORTHWIND = 'https://id.northwind.example'
export const CLUSTER =
  'https://container.googleapis.com/v1/projects/acme-prod/locations/europe-west1/clusters/main'
export const CLUSTER_POOL = 'acme-prod.svc.id.goog'

export function emailOf(name: string, project: string): string {
  return `${name}@${project}.iam.gserviceaccount.com`
}

/** 21 digits, the same for the same name in every run. */
export function uniqueIdOf(email: string): string {
  const number = BigInt(`0x${createHash('sha256').update(email).digest('hex').slice(0, 16)}`)
  return `1${(number % 10n ** 20n).toString().padStart(20, '0')}`
}

export function idOf(kind: string, name: string, length: number): string {
  return createHash('sha256').update(`${kind}/${name}`).digest('hex').slice(0, length)
}

/** The principal set of a pool, by an attribute. */
export function workloads(project: ProjectId, pool: string, attribute: string, value: string): string {
  return `principalSet://iam.googleapis.com/${poolPath(project, pool)}/attribute.${attribute}/${value}`
}

export function workload(project: ProjectId, pool: string, subject: string): string {
  return `principal://iam.googleapis.com/${poolPath(project, pool)}/subject/${subject}`
}

export function poolPath(project: ProjectId, pool: string): string {
  return `projects/${PROJECTS[project]}/locations/global/workloadIdentityPools/${pool}`
}

/** Keys of the accounts that have one; a pair serves many, since they cost a moment each. */
export const KEYS = {
  /** Of the tool under test. */
  responder: 'responder',
  /** The one that leaked. */
  leaked: 'leaked',
  /** All others, under ids of their own. */
  work: 'work',
} as const
