import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** `1.sha256` is as `sha256sum` prints it: a new fixture adds a line, and no line ever changes. */
const recorded = readFileSync(`${folder}1.sha256`, 'utf8')

it('the recorded files have the bytes that they were recorded with', () => {
  const files = readdirSync(`${folder}1`, { recursive: true, withFileTypes: true })
    .filter(each => each.isFile())
    .map(each => `${each.parentPath}/${each.name}`.slice(folder.length).replaceAll('\\', '/'))
    .sort()
  const found = files.map(
    file =>
      `${createHash('sha256')
        .update(readFileSync(folder + file))
        .digest('hex')}  ${file}\n`,
  )
  expect(found.join('')).toBe(recorded)
})
