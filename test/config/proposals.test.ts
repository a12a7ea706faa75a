import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { Post, refusal } from '../guard/program.ts'

const LONG = 300_000

it(
  'a proposal is listed until it is carried out by its id, once',
  async () => {
    const post = await Post.open('propose')
    try {
      await writeFile(post.path('log'), [1, 2, 3].map(n => `${refusal(`e${n}`)}\n`).join(''))
      const { events } = await post.watch(['--source', 'file:log', '--once'])
      const id = String(events[1]?.['run'])
      const listed = async (...args: string[]) =>
        JSON.parse((await post.run(['proposals', ...args])).stdout).proposals
      expect(await listed()).toMatchObject([
        {
          run: id,
          playbook: 'key-abused',
          trigger: 'refused',
          changes: 1,
          command: `interdict contain ${id} --lab`,
          carriedOut: false,
        },
      ])
      const status = JSON.parse((await post.run(['status'])).stdout)
      expect(status).toMatchObject({ runs: [], proposals: [{ run: id }] })

      const contained = await post.run(['contain', id, '--yes', '--reason', 'approved'])
      expect(contained, contained.stderr).toMatchObject({ code: 0 })
      expect(JSON.parse(contained.stdout).run).toBe(id)
      expect(await listed()).toEqual([])
      expect(await listed('--all')).toMatchObject([{ run: id, carriedOut: true }])
      for (const verb of [
        ['contain', id, '--yes'],
        ['plan', id],
      ]) {
        const again = await post.run(verb)
        expect(again.code).toBe(3)
        expect(JSON.parse(again.stdout).error).toMatchObject({
          code: 'refused',
          message: `this plan was carried out already, as run ${id}`,
          next: expect.stringMatching(new RegExp(`^interdict status (?:--\\S+ \\S+ )*${id}$`)),
        })
      }
    } finally {
      await post.close()
    }
  },
  LONG,
)

/** A watch that has made one proposal, and the proposals that it lists. */
async function proposed() {
  const post = await Post.open('propose')
  await writeFile(post.path('log'), [1, 2, 3].map(n => `${refusal(`e${n}`)}\n`).join(''))
  const { events } = await post.watch(['--source', 'file:log', '--once'])
  const id = String(events[1]?.['run'])
  const listed = async (...args: string[]) =>
    JSON.parse((await post.run(['proposals', ...args])).stdout).proposals
  const dismiss = (given: string, ...more: string[]) => post.run(['proposals', '--dismiss', given, ...more])
  return { post, id, listed, dismiss, file: post.path(`state/watch/proposals/${id}.dismissed`) }
}

it(
  'a proposal that is dismissed by the beginning of its id waits no longer, and can still be carried out',
  async () => {
    const { post, id, listed, dismiss } = await proposed()
    try {
      expect((await dismiss(id)).code).toBe(2)
      expect((await dismiss(id, '--reason', ' ')).code).toBe(2)
      expect(await dismiss('zzzz', '--reason', 'x')).toMatchObject({ code: 2 })
      const done = await dismiss(id.slice(0, 3), '--reason', 'a test of ours')
      expect(done, done.stderr).toMatchObject({ code: 0 })
      const dismissed = { run: id, carriedOut: false, dismissed: { reason: 'a test of ours' } }
      expect(JSON.parse(done.stdout).proposals).toMatchObject([dismissed])
      expect(await listed()).toEqual([])
      expect(JSON.parse((await post.run(['status'])).stdout)).toEqual({ runs: [] })
      expect(await listed('--all')).toMatchObject([dismissed])
      // The first decision stands.
      expect((await dismiss(id, '--reason', 'another')).code).toBe(0)
      expect(await listed('--all')).toMatchObject([dismissed])

      expect(await post.run(['contain', id, '--yes', '--reason', 'no test'])).toMatchObject({ code: 0 })
      expect(await listed('--all')).toMatchObject([{ run: id, carriedOut: true }])
      expect(await dismiss(id, '--reason', 'too late')).toMatchObject({ code: 3 })
    } finally {
      await post.close()
    }
  },
  LONG,
)

it.each([
  ['of another hand', (text: string) => text.replace('a test of ours', 'all is well')],
  ['about another plan', (text: string) => text.replace(/sha256:./, 'sha256:x')],
  ['that is cut off', (text: string) => text.slice(0, 40)],
])(
  'a dismissal %s hides nothing and is reported',
  async (_, altered) => {
    const { post, id, listed, dismiss, file } = await proposed()
    try {
      await dismiss(id, '--reason', 'a test of ours')
      await writeFile(file, altered(await readFile(file, 'utf8')))
      expect((await post.run(['proposals'])).code).toBe(5)
      expect(await listed()).toMatchObject([
        { run: id, file, fault: { code: 'tampered' } },
        { run: id, carriedOut: false },
      ])
      expect((await dismiss(id, '--reason', 'again')).code).toBe(5)
    } finally {
      await post.close()
    }
  },
  LONG,
)

it(
  'a proposal that somebody altered is named as not believed, and is not carried out by its id',
  async () => {
    const post = await Post.open('propose')
    try {
      await writeFile(post.path('log'), [1, 2, 3].map(n => `${refusal(`e${n}`)}\n`).join(''))
      const { events } = await post.watch(['--source', 'file:log', '--once'])
      const [id, file] = [String(events[1]?.['run']), String(events[1]?.['plan'])]
      await writeFile(
        file,
        (await readFile(file, 'utf8')).replace('"strength"', '"strange"').replace('key-abused', 'key-abusee'),
      )
      const { code, stdout } = await post.run(['proposals'])
      expect(code).toBe(5)
      expect(JSON.parse(stdout).proposals).toMatchObject([{ run: id, fault: { code: 'tampered' } }])
      const contained = await post.run(['contain', id, '--yes'])
      expect(contained.code).toBe(5)
      expect(await post.runs()).toEqual([])
    } finally {
      await post.close()
    }
  },
  LONG,
)

it(
  'a watch protects the identities of the house',
  async () => {
    const post = await Post.open('act')
    try {
      await writeFile(post.path('log'), [1, 2, 3].map(n => `${refusal(`e${n}`)}\n`).join(''))
      await mkdir(post.path('config'), { mode: 0o700 })
      await writeFile(post.path('config/interdict.yaml'), 'version: 1\nprotect: [ user/ci-deploy ]\n', {
        mode: 0o600,
      })
      const { events } = await post.watch(['--source', 'file:log', '--once'])
      expect(events.map(({ event }) => event)).toEqual(['fired', 'refused'])
      expect(JSON.stringify(events[1])).toContain('interdict.yaml:2:12')
      expect(await post.runs()).toEqual([])
    } finally {
      await post.close()
    }
  },
  LONG,
)
