/** The lines that differ, with `-` and `+`, and up to three around them with a space. */
export function lineDiff(before: string | undefined, after: string | undefined): string[] {
  const [a, b] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  return [
    ...a.slice(Math.max(0, start - 3), start).map(line => `  ${line}`),
    ...a.slice(start, a.length - end).map(line => `- ${line}`),
    ...b.slice(start, b.length - end).map(line => `+ ${line}`),
    ...a.slice(a.length - end, a.length - end + 3).map(line => `  ${line}`),
  ]
}

function linesOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.replace(/\n$/, '').split('\n')
}
