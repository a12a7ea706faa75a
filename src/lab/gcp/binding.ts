import type { Binding } from './store.ts'

/** What tells bindings of one policy apart: role, and condition with all its texts. */
export function identityOf({ role, condition }: Binding): string {
  const { title = '', description = '', expression = '' } = condition ?? {}
  return JSON.stringify([role, condition !== undefined, title, description, expression])
}
