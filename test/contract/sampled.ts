/**
 * Returns each so many-th of a list of cases, beginning with the first, and all of them with CONTRACT_EVERY=1, which
 * `npm run test:all` sets.
 */
export function sampled<Case>(all: readonly Case[], every: number): Case[] {
  const stride = Number(process.env['CONTRACT_EVERY'] ?? every)
  return all.filter((_, index) => index % stride === 0)
}
