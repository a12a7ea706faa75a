/**
 * A trust policy as text, changed in one place and else byte for byte as it was: IAM keeps the text that it was sent, and
 * a deployment tool or an auditor that compares it sees every change of its form.
 */

interface Span {
  /** First character and the one after the last. */
  from: number
  to: number
}

interface Found {
  /** The value of `Statement`, with the brackets of a list. */
  value: Span
  /** Its statements; `list` is false for a single one without a list. */
  items: Span[]
  list: boolean
}

/**
 * The text with our statement in it. It stands at the end of the list; before a statement that had no list, so that taking it
 * out can tell the two apart. Undefined for a text that this cannot change in place.
 */
export function withOurs(text: string, ours: string): string | undefined {
  const found = statementsIn(text)
  if (found === undefined) return undefined
  const { value, items, list } = found
  const splice = (at: number, more: string) => text.slice(0, at) + more + text.slice(at)
  if (!list)
    return `${text.slice(0, value.from)}[${ours},${text.slice(value.from, value.to)}]${text.slice(value.to)}`
  const last = items.at(-1)
  return last === undefined ? splice(value.from + 1, ours) : splice(last.to, `,${ours}`)
}

/**
 * The text without the statements that `isOurs`. Undefined for a text that this cannot change in place.
 *
 * @param isOurs called with the JSON text of each statement
 */
export function withoutOurs(text: string, isOurs: (statement: string) => boolean): string | undefined {
  const found = statementsIn(text)
  if (found === undefined || !found.list) return undefined
  const { value, items } = found
  const textOf = ({ from, to }: Span) => text.slice(from, to)
  const at = items.findIndex(each => isOurs(textOf(each)))
  const [mine, before, after] = [items[at], items[at - 1], items[at + 1]]
  if (mine === undefined) return text
  if (items.filter(each => isOurs(textOf(each))).length > 1) return undefined
  // Ours was put first only in front of a statement without a list.
  if (at === 0 && after && items.length === 2) {
    return text.slice(0, value.from) + textOf(after) + text.slice(value.to)
  }
  if (before) return text.slice(0, before.to) + text.slice(mine.to)
  return text.slice(0, mine.from) + text.slice(after ? after.from : mine.to)
}

/** Where the statements of a document are; undefined if it has no `Statement`, or two, or is not JSON. */
function statementsIn(text: string): Found | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  const top = membersOf(text, skip(text, 0))
  const all = top.filter(({ name }) => name === 'Statement')
  const [statement] = all
  if (statement === undefined || all.length > 1) return undefined
  const { value } = statement
  if (text[value.from] === '{') return { value, items: [value], list: false }
  return text[value.from] === '[' ? { value, items: itemsOf(text, value.from), list: true } : undefined
}

/** Members of the object that begins at `at`; the text is known to be JSON. */
function membersOf(text: string, at: number): { name: string; value: Span }[] {
  const members: { name: string; value: Span }[] = []
  if (text[at] !== '{') return members
  let next = skip(text, at + 1)
  while (text[next] === '"') {
    const key = { from: next, to: endOf(text, next) }
    const from = skip(text, skip(text, key.to) + 1)
    const to = endOf(text, from)
    members.push({ name: String(JSON.parse(text.slice(key.from, key.to))), value: { from, to } })
    next = skip(text, to)
    if (text[next] === ',') next = skip(text, next + 1)
  }
  return members
}

function itemsOf(text: string, at: number): Span[] {
  const items: Span[] = []
  let from = skip(text, at + 1)
  while (text[from] !== ']') {
    const to = endOf(text, from)
    items.push({ from, to })
    from = skip(text, to)
    if (text[from] === ',') from = skip(text, from + 1)
  }
  return items
}

/** The first character from `at` that is not white space. */
function skip(text: string, at: number): number {
  let next = at
  while (/\s/.test(text[next] ?? '')) next++
  return next
}

/** The character after the value that begins at `at`. */
function endOf(text: string, at: number): number {
  if (text[at] === '"') {
    let next = at + 1
    while (text[next] !== '"') next += text[next] === '\\' ? 2 : 1
    return next + 1
  }
  if (text[at] !== '{' && text[at] !== '[') {
    let next = at
    while (next < text.length && !/[\s,\]}]/.test(text[next] ?? '')) next++
    return next
  }
  let depth = 0
  for (let next = at; next < text.length; ) {
    const character = text[next]
    if (character === '"') {
      next = endOf(text, next)
      continue
    }
    if (character === '{' || character === '[') depth++
    if (character === '}' || character === ']') depth--
    next++
    if (depth === 0) return next
  }
  return text.length
}
