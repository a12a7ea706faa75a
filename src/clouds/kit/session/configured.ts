import { access } from 'node:fs/promises'

/** Whether any of these variables is set and not empty. */
export function anyVariable(environment: Readonly<NodeJS.ProcessEnv>, names: readonly string[]): boolean {
  return names.some(name => (environment[name] ?? '') !== '')
}

/** Whether any of these files is there; one that cannot be reached counts as missing. */
export async function anyFile(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map(path =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}
