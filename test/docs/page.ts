import { readFile } from 'node:fs/promises'

/** One command of ours as a page shows it. */
export interface Shown {
  page: string
  /** As it stands there, with its lines joined and without prompt, comment and `npx`. */
  text: string
  /** Its words, as a shell would split them, without the program's name. */
  words: string[]
}

const BLOCK = /```(?:console|sh|bash)\n([\s\S]*?)```/g
const SPAN = /`(interdict [a-z][^`\n]*)`/g

/** Every command of ours in the console blocks of a page, in their order. */
export async function commandsIn(page: string): Promise<Shown[]> {
  const text = await readFile(page, 'utf8')
  return [...text.matchAll(BLOCK)].flatMap(([, block = '']) =>
    block
      .replaceAll(/ *\\\n\s*/g, ' ')
      .split('\n')
      .flatMap(line => line.replace(/\s#\s.*$/, '').split(/ (?:\||&&) /))
      .map(part =>
        part
          .trim()
          .replace(/^\$ /, '')
          .replace(/^npx (?:--no-install )?/, ''),
      )
      .filter(part => part.startsWith('interdict '))
      .map(part => shown(page, part)),
  )
}

/** Every command of ours that stands between backquotes in the running text of a page. */
export async function spansIn(page: string): Promise<Shown[]> {
  const text = (await readFile(page, 'utf8')).replaceAll(/```[\s\S]*?```/g, '')
  return [...text.matchAll(SPAN)].map(([, span = '']) => shown(page, span))
}

function shown(page: string, text: string): Shown {
  const [, ...words] = split(text.replace(/ > \S+$/, ''))
  return { page, text, words }
}

/** A line in words: quotes of both kinds hold a word together. */
function split(line: string): string[] {
  return [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) => word.replaceAll(/['"]/g, ''))
}
