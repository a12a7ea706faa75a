import { access } from 'node:fs/promises'

export function anyVariable(environment: Readonly<NodeJS.ProcessEnv>, names: readonly string[]): boolean {
  return names.some(name => (environment[name] ?? '') !== '')
}

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
