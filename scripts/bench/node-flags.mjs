import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns the flags with which Node runs the program: those of the first line of bin/run.js. */
export function nodeFlags(root) {
  const [first = ''] = readFileSync(join(root, 'bin/run.js'), 'utf8').split('\n')
  return first.match(/--\S+/g) ?? []
}
