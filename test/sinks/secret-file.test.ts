import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Secret } from '../../src/model/secret.ts'
import { fileSink } from '../../src/sinks/file.ts'
import { isAlive } from '../../src/store/process-mark.ts'

const folder = await mkdtemp(join(tmpdir(), 'interdict-secret-file-'))
afterAll(() => rm(folder, { recursive: true }))

/** The number of a process that there is not: Linux has none above 2^22. */
const ENDED = 4_194_305

test('a secret file leaves the unfinished file of a running process alone, and removes those of ended ones', async () => {
  expect(isAlive(ENDED)).toBe(false)
  const unfinished = (suffix: string) => writeFile(join(folder, `.key.interdict-new${suffix}`), 'half')
  for (const suffix of ['', `-${ENDED}`, `-${process.pid}`, `-${process.ppid}`]) await unfinished(suffix)
  await writeFile(join(folder, '.keyring.interdict-new'), 'another file')
  await fileSink(join(folder, 'key')).store(new Secret('whole'))
  expect(await readFile(join(folder, 'key'), 'utf8')).toBe('whole')
  const theirs = [`.key.interdict-new-${process.ppid}`, '.keyring.interdict-new']
  expect((await readdir(folder)).sort()).toEqual([...theirs, 'key'].sort())
})
