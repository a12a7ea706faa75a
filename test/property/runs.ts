/**
 * Returns how many random cases of a property are tried: every sixth of `all`, and all of them with PROPERTY_EVERY=1, which
 * `npm run test:all` sets.
 */
export function runs(all: number): number {
  return Math.ceil(all / Number(process.env['PROPERTY_EVERY'] ?? 6))
}
