import { nearest } from '../document/problems.ts'
import entries from './frameworks.json' with { type: 'json' }

/** One id of a public framework that a playbook may cite. */
export interface FrameworkEntry {
  framework: string
  version: string
  id: string
  title: string
  url: string
  /** Ids of earlier versions that this one took the place of. */
  replaces?: string[]
}

/** The frameworks whose citations are checked. */
export const FRAMEWORKS: readonly FrameworkEntry[] = entries

/** Returns what is odd about a citation, or undefined. A citation never stops a playbook: frameworks move on. */
export function citationFlaw(
  framework: string,
  id: string,
): { message: string; suggestion?: string } | undefined {
  const known = FRAMEWORKS.filter(entry => entry.framework === framework)
  if (known.length === 0) {
    const names = [...new Set(FRAMEWORKS.map(entry => entry.framework))]
    return flaw(
      `no framework is called '${framework}'; they are ${names.join(', ')}`,
      nearest(framework, names),
    )
  }
  if (known.some(entry => entry.id === id)) return undefined
  const successor = known.find(({ replaces }) => replaces?.includes(id))
  const version = `${framework} ${known[0]?.version ?? ''}`
  if (successor) return { message: `${id} was replaced in ${version}`, suggestion: `write ${successor.id}` }
  const ids = known.map(entry => entry.id)
  return flaw(`${version} has no '${id}' that we know of`, respelled(id, ids) ?? nearest(id, ids))
}

/** `NHI-08` for `NHI8:2025`, `nhi8` and the like. */
function respelled(id: string, ids: readonly string[]): string | undefined {
  const bare = (text: string) =>
    text
      .toUpperCase()
      .replace(/:.*$/, '')
      .replace(/[^A-Z0-9]/g, '')
      .replace(/0+(?=\d)/, '')
  return ids.find(candidate => bare(candidate) === bare(id))
}

function flaw(message: string, near: string | undefined): { message: string; suggestion?: string } {
  return near === undefined ? { message } : { message, suggestion: `did you mean '${near}'?` }
}
