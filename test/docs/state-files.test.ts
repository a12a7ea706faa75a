import { globSync, readFileSync } from 'node:fs'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { GateProgram } from '../gate/gate-program.ts'
import { Post, refusal } from '../guard/program.ts'

const LONG = 900_000
const DESIGN = readFileSync(fileURLToPath(new URL('../../docs/design.md', import.meta.url)), 'utf8')

/** The patterns of a table of files in docs/design.md: `*` stands for a part of a name, `**` for any folders. */
function patterns(after: string): RegExp[] {
  const table = DESIGN.slice(DESIGN.indexOf(after)).split('\n## ')[0] ?? ''
  const rows = /^\| file \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)/m.exec(table)?.[1] ?? ''
  return [...rows.matchAll(/^\| `([^`]+)` \|/gm)].map(([, pattern = '']) => {
    const source = pattern
      .split('**')
      .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*'))
      .join('.*')
    return new RegExp(`^${source.replace(/^\.\*\//, '(.*/)?')}$`)
  })
}

const STATE = patterns('In the state folder:')
const CONFIG = patterns('In the configuration, which')

const filesIn = (folder: string) =>
  globSync('**', { cwd: folder, withFileTypes: true })
    .filter(each => !each.isDirectory())
    .map(each => join(each.parentPath, each.name).slice(folder.length + 1))

it(
  'every file that interdict writes is in a table of docs/design.md, which says what a writer of it could do',
  async () => {
    expect(STATE.length).toBeGreaterThan(20)
    expect(CONFIG.length).toBeGreaterThan(5)
    const post = await Post.open('propose')
    const seen = new Set<string>()
    const note = () => {
      for (const file of filesIn(post.path('state'))) seen.add(`state/${file}`)
      for (const file of filesIn(post.path('config'))) seen.add(`config/${file}`)
    }
    try {
      await writeFile(post.path('log'), ['no record', ...[1, 2, 3].map(n => refusal(`e${n}`)), ''].join('\n'))
      const source = ['--source', 'file:log', '--once']
      expect((await post.watch([...source, '--learn'])).code).toBe(0)
      note()
      const { events } = await post.watch(source)
      note()
      const proposal = String(events.find(({ event }) => event === 'proposed')?.['plan'])
      const dismissal = [
        'proposals',
        '--dismiss',
        String(events.find(({ event }) => event === 'proposed')?.['run']),
      ]
      expect(await post.run([...dismissal, '--reason', 'test'])).toMatchObject({ code: 0 })
      note()
      expect(await post.run(['contain', proposal, '--yes'])).toMatchObject({ code: 0 })
      const [run] = await post.runs()
      await appendFile(post.path(`state/runs/${run?.run}.jsonl`), '{"torn')
      const restore = ['restore', run?.run ?? '', '--yes', '--reason', 'test', '--accept-live-tokens']
      expect(await post.run(restore)).toMatchObject({ code: 0 })
      note()
      await writeFile(post.path('state/watch/state.json'), '{}')
      await appendFile(post.path('state/watch/learning/firings.jsonl'), '{}\n')
      expect((await post.watch([...source, '--trust-state'])).code).toBe(0)
      const gate = new GateProgram(post.folder)
      gate.policy('version: 1\nrules: [{ effect: allow, tools: [Read] }]\n')
      for (const tool_name of ['Read', 'Write']) {
        await gate.run(
          ['hook', '--harness', 'claude', '--agent', 'claude'],
          JSON.stringify({ hook_event_name: 'PreToolUse', tool_name }),
        )
      }
      note()
      const places = [
        'state/runs',
        'state/watch/proposals',
        'state/watch/learning',
        'state/gate',
        'config/heads',
      ]
      for (const place of places) {
        expect(
          [...seen].some(file => file.startsWith(`${place}/`)),
          place,
        ).toBe(true)
      }
      const unnamed = [...seen].filter(file => {
        const [folder = '', ...rest] = file.split('/')
        const rows = folder === 'state' ? STATE : CONFIG
        return !rows.some(row => row.test(rest.join('/')))
      })
      expect(unnamed).toEqual([])
      expect(await readFile(post.path('state/watch/state.json.refused-1'), 'utf8')).toBe('{}')
    } finally {
      await post.close()
    }
  },
  LONG,
)
