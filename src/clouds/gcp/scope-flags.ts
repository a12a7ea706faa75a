import type { ScopeOfCloud } from '../kit/cloud.ts'

/** Members of a playbook's scope that say which projects there are. */
const PLACES = ['projects', 'labels', 'folders']

/** The patterns of the members of `scope.gcp`, in a playbook and in a flag. */
export const PATTERNS = {
  project: /^(self|\d{6,19}|([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9])$/,
  number: /^\d{1,19}$/,
}

/** The flags that reach `scope.gcp`. */
export const scope = {
  flags: [
    {
      flag: 'project',
      member: 'projects',
      pattern: PATTERNS.project,
      says: 'a Google Cloud project (its id, its number or self)',
      summary: 'projects in place of those of the playbook',
      helpValue: 'ID',
      many: true,
    },
    {
      flag: 'folder',
      member: 'folders',
      pattern: PATTERNS.number,
      says: 'the number of a folder',
      summary: 'every project below these folders',
      helpValue: 'NUMBER',
      many: true,
    },
    {
      flag: 'organization',
      member: 'organization',
      pattern: PATTERNS.number,
      says: 'the number of a Google Cloud organization (for AWS: --account organization)',
      summary: 'every project of this organization, unless --project or --folder is given',
      helpValue: 'NUMBER',
    },
  ],
  replaced(given: ReadonlySet<string>) {
    const isWhole = given.has('organization')
    if (!isWhole && !PLACES.some(member => given.has(member))) return []
    // Labels go on filtering the folders or the organization that flags name.
    const isFiltered = given.has('folders') || isWhole
    return PLACES.filter(member => member !== 'labels' || !isFiltered)
  },
} as const satisfies ScopeOfCloud
