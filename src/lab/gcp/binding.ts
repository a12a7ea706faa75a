import type { Binding } from './store.ts'

/** The key of a binding in its policy: role, and condition with all its texts. */
export function identityOf({ role, condition }: Binding): string {
  const { title = '', description = '', expression = '' } = condition ?? {}
  return JSON.stringify([role, condition !== undefined, title, description, expression])
}
