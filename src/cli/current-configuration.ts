import type { Configuration } from '../toolkit/config/configuration.ts'

let current: Configuration | undefined

/** Returns the configuration of the command that runs; undefined where no file says anything, or the command reads none. */
export function configuration(): Configuration | undefined {
  return current
}

/** Makes a configuration that of the command that runs. One process may carry out several commands. */
export function setConfiguration(of: Configuration | undefined): void {
  current = of
}
