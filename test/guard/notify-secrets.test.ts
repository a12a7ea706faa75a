import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Post, refusal } from './program.ts'

const LONG = 300_000

/** Everything that is under a folder, as one text. */
function everything(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(path => statSync(path).isFile())
    .map(path => readFileSync(path, 'utf8'))
    .join('\n')
}

it(
  'the path of a webhook is printed and kept nowhere, whether it takes the message or not',
  async () => {
    const got: string[] = []
    const server = createServer((request, response) => {
      got.push(request.url ?? '')
      request.resume().on('end', () => response.writeHead(request.url?.startsWith('/good') ? 204 : 403).end())
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const post = await Post.open()
    try {
      const { port } = server.address() as AddressInfo
      const host = `http://127.0.0.1:${port}`
      const [good, bad, slack] = ['good/T0KEN-one', 'bad/T0KEN-two', 'good/T0KEN-three']
      writeFileSync(post.path('log'), [1, 2, 3].map(n => `${refusal(`e${n}`)}\n`).join(''))
      const script = "process.stdin.resume();require('fs').writeFileSync('child',JSON.stringify(process.env))"
      const { events, started, stdout, stderr } = await post.watch(
        [
          ...['--source', 'file:log', '--once', '--notify', `webhook:${host}/${good}?T0KEN=four`],
          ...['--notify', `webhook:${host}/${bad}`, '--notify', 'slack:CHAT'],
          ...['--notify', `command:${JSON.stringify([process.execPath, '-e', script])}`],
        ],
        {
          INTERDICT_WEBHOOK_SECRET: 'T0KEN-five',
          CHAT: `${host}/${slack}`,
          AWS_SECRET_ACCESS_KEY: 'T0KEN-six',
        },
      )
      expect(events.map(({ event }) => event)).toContain('contained')
      expect(got).toEqual(expect.arrayContaining([`/${good}?T0KEN=four`, `/${bad}`, `/${slack}`]))
      const named = `webhook:${host}`
      expect(started).toMatchObject({ notify: [named, named, 'slack:CHAT', `command:${process.execPath}`] })
      expect(events).toContainEqual(expect.objectContaining({ event: 'notified', by: named }))
      expect(events).toContainEqual(
        expect.objectContaining({ event: 'problem', message: `${named} was not notified: HTTP 403` }),
      )
      expect(stdout + stderr).not.toContain('T0KEN')
      expect(everything(post.folder)).not.toContain('T0KEN')
      const child = JSON.parse(readFileSync(post.path('child'), 'utf8')) as object
      expect(Object.keys(child)).toContain('PATH')
    } finally {
      await post.close()
      server.closeAllConnections()
      server.close()
    }
  },
  LONG,
)

it(
  'wrong flags about a webhook do not repeat it',
  async () => {
    const post = await Post.open()
    try {
      const secret = 'https://hooks.example/T0KEN'
      const wrong = [
        ['--notify', `slack:${secret}`],
        ['--notify', `slak:${secret}`],
        ['--notify', secret],
        ['--notify', `webhook: ${secret}`],
        ['--notify', 'webhook:', secret],
        [`--notfy=webhook:${secret}`],
      ]
      const source = ['watch', 'playbook.yaml', '--source', 'file:log', '--once']
      const all = [
        ...wrong.map(flags => [...source, ...flags]),
        ['guard', 'abc123', '--notify', `webhook:${secret}`],
        ['guard', 'abc123', '--notify', 'slack:X', secret],
      ]
      for (const args of all) {
        const { code, stdout, stderr } = await post.run(args)
        expect(code, args.join(' ')).toBe(2)
        expect(stdout + stderr, args.join(' ')).not.toContain('T0KEN')
      }
    } finally {
      await post.close()
    }
  },
  LONG,
)
