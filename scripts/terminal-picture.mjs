/** Pixels of a character and a line, at 14 px. */
const [WIDTH, HEIGHT, MARGIN] = [8.4, 20, 16]
const STYLE = `
svg { --back: #fff; --text: #1f2328; --dim: #59636e; --red: #c21c24; --green: #1a7f37; --yellow: #8a5a00; --blue: #0a58ca; --edge: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  svg { --back: #0d1117; --text: #e6edf3; --dim: #9198a1; --red: #ff7b72; --green: #3fb950; --yellow: #d29922; --blue: #79c0ff; --edge: #3d444d }
}
rect { fill: var(--back); stroke: var(--edge) }
text { fill: var(--text); font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre }
.bold { font-weight: bold } .dim { fill: var(--dim) } .red { fill: var(--red) } .green { fill: var(--green) }
.yellow { fill: var(--yellow) } .blue { fill: var(--blue) }`
const CLASSES = {
  1: 'bold',
  2: 'dim',
  31: 'red',
  32: 'green',
  33: 'yellow',
  34: 'blue',
  36: 'blue',
  90: 'dim',
}
/** The codes that end styles: https://www.ecma-international.org/publications-and-standards/standards/ecma-48/, 8.3.117. */
const ENDS = { 22: ['bold', 'dim'], 39: ['red', 'green', 'yellow', 'blue', 'dim'] }

/**
 * Returns an SVG of a terminal with a command and what it printed, colours included. It is dark where the reader's system is.
 *
 * @param columns width of the terminal in characters
 */
export function picture(command, printed, columns) {
  const lines = [
    [
      { text: '$ ', classes: 'dim' },
      { text: command, classes: 'bold' },
    ],
    [],
    ...styled(printed.trimEnd()),
  ]
  const [width, height] = [columns * WIDTH + 2 * MARGIN, lines.length * HEIGHT + 2 * MARGIN]
  const texts = lines.flatMap((line, row) => textOf(line, MARGIN + row * HEIGHT + 14))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(command)}</title>
<style>${STYLE}
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${texts.join('\n')}
</svg>
`
}

/** Returns the lines of text in such an SVG, without colours. */
export function linesIn(svg) {
  return [...svg.matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, inner]) =>
    inner
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&'),
  )
}

/** Each line as pieces of one style. */
function styled(printed) {
  let on = new Set()
  return printed.split('\n').map(line => {
    const pieces = []
    let from = 0
    const put = text => text === '' || pieces.push({ text, classes: [...on].join(' ') })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
    for (const { 0: code, 1: list, index } of line.matchAll(/\u001b\[([\d;]*)m/g)) {
      put(line.slice(from, index))
      from = index + code.length
      for (const each of list.split(';')) {
        if (each === '' || each === '0') on = new Set()
        else if (ENDS[each]) for (const name of ENDS[each]) on.delete(name)
        else if (CLASSES[each]) on.add(CLASSES[each])
      }
    }
    put(line.slice(from))
    return pieces
  })
}

/** Each piece stands at its column, so that a font of another width does not move it. */
function textOf(pieces, y) {
  if (pieces.length === 0) return []
  let column = 0
  const spans = pieces.flatMap(({ text, classes }) => {
    const parts = [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: word, index }) => {
      const x = (MARGIN + (column + [...text.slice(0, index)].length) * WIDTH).toFixed(1)
      return `<tspan x="${x}"${classes === '' ? '' : ` class="${classes}"`}>${escaped(word)}</tspan>`
    })
    column += [...text].length
    return parts
  })
  return [`<text y="${y}">${spans.join('')}</text>`]
}

const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
