import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The lab imports nothing of ours, so that its suites can fail only when one of these has changed. */
const FILES = ['src/lab', 'test/lab', 'package-lock.json']

const recorded = join(root, '.cache/lab-passed')

/** Whether the lab and its suites are as they were when these passed last. */
export function isLabUnchanged(): boolean {
  return existsSync(recorded) && readFileSync(recorded, 'utf8') === contentOfLab()
}

/** Notes that the suites of the lab have passed on what is there now. */
export function noteLabPassed(): void {
  mkdirSync(dirname(recorded), { recursive: true })
  writeFileSync(recorded, contentOfLab())
}

/** Paths of the suites. */
export function labSuites(): string[] {
  return filesIn('test/lab')
    .filter(file => file.endsWith('.test.ts'))
    .map(file => join(root, file))
}

function contentOfLab(): string {
  const hash = createHash('sha256').update(process.version)
  for (const file of FILES.flatMap(filesIn)) hash.update(`\n${file}\n`).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function filesIn(path: string): string[] {
  if (path.includes('.')) return [path]
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(root.length))
    .sort()
}
