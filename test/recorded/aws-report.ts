/** A line of the credential report, as a person reads it. Times are RFC 3339. */
export interface Line {
  password: boolean
  passwordUsed: string | undefined
  mfa: boolean
  keys: Slot[]
  certificates: number
}

export interface Slot {
  active: boolean
  rotated: string | undefined
  used: string | undefined
  service: string | undefined
  region: string | undefined
}

/** Lines by user. Two lines of one name contradict each other: that user is not in it. Undefined without a report. */
export function reportLines(csv: string | undefined): Map<string, Line> | undefined {
  if (csv === undefined) return undefined
  const [header, ...rows] = csv
    .split('\n')
    .map(row => row.trim().split(','))
    .filter(cells => cells.length > 1)
  return linesIn(header, rows)
}

/** The root user in the report: its keys that are on, and whether a certificate is. */
export function rootIn(csv: string | undefined): { keys: Slot[]; certificate: boolean } {
  const row = csv
    ?.split('\n')
    .find(each => each.startsWith('<root_account>,'))
    ?.split(',')
  const header = csv?.split('\n')[0]?.split(',')
  if (!row || !header) return { keys: [], certificate: false }
  const cell = (column: string) => row[header.indexOf(column)] ?? ''
  return {
    keys: lineOf(cell).keys.filter(({ active }) => active),
    certificate: [1, 2].some(number => cell(`cert_${number}_active`) === 'true'),
  }
}

function linesIn(header: readonly string[] | undefined, rows: readonly string[][]): Map<string, Line> {
  const found = new Map<string, Line | undefined>()
  for (const row of rows) {
    const cell = (column: string) => row[header?.indexOf(column) ?? -1] ?? ''
    const name = cell('user')
    if (name === '<root_account>') continue
    found.set(name, found.has(name) ? undefined : lineOf(cell))
  }
  return new Map([...found].flatMap(([name, line]) => (line ? [[name, line]] : [])))
}

function lineOf(cell: (column: string) => string): Line {
  const yes = (column: string) => /^true$/i.test(cell(column))
  const some = (column: string) =>
    /^(N\/A|no_information|not_supported|)$/.test(cell(column)) ? undefined : cell(column)
  const time = (column: string) => {
    const found = some(column)
    return found === undefined ? undefined : new Date(found).toISOString()
  }
  const slots = [1, 2].map(number => ({
    active: yes(`access_key_${number}_active`),
    rotated: time(`access_key_${number}_last_rotated`),
    used: time(`access_key_${number}_last_used_date`),
    service: some(`access_key_${number}_last_used_service`),
    region: some(`access_key_${number}_last_used_region`),
  }))
  return {
    password: yes('password_enabled'),
    passwordUsed: time('password_last_used'),
    mfa: yes('mfa_active'),
    keys: slots.filter(({ active, rotated }) => active || rotated !== undefined),
    certificates: [1, 2].filter(number => yes(`cert_${number}_active`) || some(`cert_${number}_last_rotated`))
      .length,
  }
}
