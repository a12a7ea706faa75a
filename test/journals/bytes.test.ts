import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { FORMATS } from './fixture.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** `1.sha256` is as `sha256sum` prints it: a new fixture adds lines, and no line ever changes. */
it.each(FORMATS)('the recorded files of format %s have the bytes that they were recorded with', format => {
  const recorded = readFileSync(`${folder}${format}.sha256`, 'utf8')
  const files = readdirSync(`${folder}${format}`, { recursive: true, withFileTypes: true })
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
