import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { KINDS, LAWS } from './laws.ts'

const LONG = 300_000

describe.each(Object.entries(KINDS))('%s', (name, kind) => {
  it.each(Object.entries(LAWS))('%s', (_, law) => law(kind, name), LONG)
})

/** Sources that write files by the store's kit, and the kind of the table under which their files are held to the laws. */
const WRITERS: { [file: string]: string } = {
  'approve.ts': 'a plan file',
  'dismissal.ts': 'a plan file',
  'new-playbook.ts': 'a plan file',
  'plan-file.ts': 'a plan file',
  'files.ts': 'the state of a watch',
  'judge.ts': 'the state of a watch',
  'watch.ts': 'the state of a watch',
  'channels.ts': 'what a gate has to remember',
  'held-runs.ts': 'a cache of a gate',
  'file.ts': 'a rotated secret',
  'ledger.ts': 'the decisions of a gate',
  'pins.ts': 'what a gate has to remember',
  'policy-cache.ts': 'a cache of a gate',
  'file-lines.ts': 'the journal of a run',
  'firing-log.ts': 'the firings of a watch',
  'saved-state.ts': 'the changes of the state of a watch',
  'set-aside.ts': 'the records set aside',
  'head-files.ts': 'the journal of a run',
  'heads.ts': 'the journal of a run',
  'store.ts': 'the journal of a run',
}

it('every source that writes by the store is held to the laws under one of the kinds', () => {
  const src = join(import.meta.dirname, '../../src')
  const writes =
    /\b(replaceFile|createOnce|openGrowing|appendLine|AppendLog|replaceFileSync|openGrowingSync|appendLineSync)\b|\.(?:file|log)\((?:KEPT|FIRINGS|[A-Z_]+)\)|\bseal\.write\(|#seal\.write\(/
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => file.endsWith('.ts') && !/^(store|lab)\//.test(file))
    .filter(file => writes.test(readFileSync(join(src, file), 'utf8')))
  const names = [...new Set(files.map(file => basename(file)))]
  expect(names.sort()).toEqual(Object.keys(WRITERS).sort())
  for (const kind of Object.values(WRITERS)) expect(Object.keys(KINDS)).toContain(kind)
})
