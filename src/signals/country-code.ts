/** A country's code, given as a code or by its English name; undefined for anything else. */
export function countryOf(given: string | undefined): string | undefined {
  return given !== undefined && /^[A-Za-z]{2}$/.test(given) ? given : countryCode(given)
}

let codes: Map<string, string> | undefined

/** ISO 3166-1 alpha-2 of a country's English name, for detectors that only give that. */
export function countryCode(name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  codes ??= englishNames()
  return codes.get(name.toLowerCase())
}

function englishNames(): Map<string, string> {
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  return new Map(
    letters
      .flatMap(first => letters.map(second => first + second))
      .filter(code => inUse(code) && !/^(?:X[A-Z]|ZZ|Q[M-Z]|EU|UN)$/.test(code))
      .flatMap((code): [string, string][] => {
        const name = names.of(code)
        return name === undefined ? [] : [[name.toLowerCase(), code]]
      }),
  )
}

/** A withdrawn code, such as that of the Soviet Union, is replaced in a canonical locale. */
function inUse(code: string): boolean {
  return Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`
}
