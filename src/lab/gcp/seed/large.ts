import type { GcpEstate, Project, ServiceAccount } from '../store.ts'
import { seedGcp } from './estate.ts'
import { emailOf, FOLDERS } from './ids.ts'

/**
 * The seeded estate with so many accounts more, spread evenly over so many projects more: for measurements. They hold
 * nothing and have no keys, so that the lab stays small.
 */
export function largeGcp(at: string, accounts = 20_000, projects = 500): GcpEstate {
  const estate = seedGcp(at)
  const created = estate.organization.created
  const added: Project[] = []
  for (let index = 0; index < projects; index += 1) {
    const id = `bench-${String(index).padStart(4, '0')}`
    const number = String(700_000_000_000 + index)
    added.push({
      id,
      number,
      parent: `folders/${FOLDERS.shared}`,
      displayName: id,
      labels: { bench: 'yes' },
      created,
    })
  }
  const made: ServiceAccount[] = []
  for (let index = 0; index < accounts; index += 1) {
    const project = added[index % projects]?.id ?? 'bench-0000'
    made.push({
      project,
      email: emailOf(`bench-${String(Math.floor(index / projects)).padStart(4, '0')}`, project),
      uniqueId: String(200_000_000_000_000_000_000n + BigInt(index)),
      displayName: '',
      description: '',
      disabled: false,
    })
  }
  return {
    ...estate,
    projects: [...estate.projects, ...added],
    serviceAccounts: [...estate.serviceAccounts, ...made],
  }
}

/** The seeded estate, and one role that so many accounts of one project hold there */
export function crowdedGcp(at: string, count = 60): GcpEstate {
  const estate = seedGcp(at)
  const names = Array.from({ length: count }, (_, index) => `worker-${String(index).padStart(3, '0')}`)
  const project = 'acme-shop'
  const workers = names.map(
    (name, index): ServiceAccount => ({
      project,
      email: emailOf(name, project),
      uniqueId: String(300_000_000_000_000_000_000n + BigInt(index)),
      displayName: '',
      description: 'crowd',
      disabled: false,
    }),
  )
  const policy = estate.policies[`projects/${project}`] ?? { bindings: [], revision: 0 }
  const members = workers.map(({ email }) => `serviceAccount:${email}`)
  return {
    ...estate,
    serviceAccounts: [...estate.serviceAccounts, ...workers],
    policies: {
      ...estate.policies,
      [`projects/${project}`]: {
        ...policy,
        bindings: [...policy.bindings, { role: 'roles/pubsub.publisher', members }],
        revision: 1,
      },
    },
  }
}
