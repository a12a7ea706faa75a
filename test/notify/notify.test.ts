import { createHmac } from 'node:crypto'
import { mkdtemp, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { REAL } from '../../src/model/timing.ts'
import { command } from '../../src/notify/command.ts'
import { openNotifiers } from '../../src/notify/index.ts'
import { slack } from '../../src/notify/slack.ts'
import { webhook } from '../../src/notify/webhook.ts'
import { skippingTime } from '../skipping-time.ts'

const MESSAGE = {
  id: 'f1.contained',
  event: 'contained',
  time: '2026-11-23T10:00:00.000Z',
  text: 'CONTAINED: <!channel> & more',
  body: { run: '7f3k' },
}

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function receiver(answer: (request: IncomingMessage, response: ServerResponse, count: number) => void) {
  const got: { body: string; headers: IncomingMessage['headers']; url: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      got.push({ body, headers: request.headers, url: request.url ?? '' })
      answer(request, response, got.length)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got }
}

it('a webhook is signed over its time and body, and repeated until it is taken', async () => {
  const { url, got } = await receiver((_, response, count) => {
    if (count === 1) response.socket?.destroy()
    else response.writeHead(count < 4 ? 503 : 204).end()
  })
  await webhook(url, 'hush', skippingTime()).send(MESSAGE)
  expect(got).toHaveLength(4)
  for (const { body, headers } of got) {
    const [, time = '', hex] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['interdict-signature'])) ?? []
    expect(hex).toBe(createHmac('sha256', 'hush').update(`${time}.${body}`).digest('hex'))
    expect(JSON.parse(body)).toMatchObject({ id: 'f1.contained', event: 'contained', run: '7f3k' })
    expect(body + JSON.stringify(headers)).not.toContain('hush')
  }
})

it('what is refused is not repeated, and what never answers well is given up', async () => {
  const refused = await receiver((_, response) => response.writeHead(403).end())
  await expect(webhook(refused.url, 's', skippingTime()).send(MESSAGE)).rejects.toMatchObject({
    code: 'unavailable',
  })
  expect(refused.got).toHaveLength(1)
  const down = await receiver((_, response) => response.writeHead(500).end())
  await expect(webhook(down.url, 's', skippingTime()).send(MESSAGE)).rejects.toThrow('HTTP 500')
  expect(down.got).toHaveLength(5)
})

it('a redirect is followed on the same host and nowhere else', async () => {
  const other = await receiver((_, response) => response.writeHead(200).end())
  const away = await receiver((_, response) => response.writeHead(307, { location: other.url }).end())
  await expect(webhook(away.url, 's', skippingTime()).send(MESSAGE)).rejects.toThrow('another host')
  expect(other.got).toHaveLength(0)
  const near = await receiver((request, response) => {
    if (request.url === '/hook') response.writeHead(308, { location: '/there' }).end()
    else response.writeHead(200).end()
  })
  await webhook(near.url, 's', skippingTime()).send(MESSAGE)
  expect(near.got.map(each => each.url)).toEqual(['/hook', '/there'])
})

it('Slack gets text in which names can neither link nor call', async () => {
  const { url, got } = await receiver((_, response) => response.writeHead(200).end('ok'))
  await slack(url, 'slack:HOOK', skippingTime()).send(MESSAGE)
  expect(JSON.parse(got[0]?.body ?? '')).toMatchObject({ text: 'CONTAINED: &lt;!channel&gt; &amp; more' })
})

it('a command gets JSON on standard input, without a shell, and has its time', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'interdict-notify-')), 'got; touch x')
  const script = "process.stdin.pipe(require('fs').createWriteStream(process.argv[1]))"
  await command([process.execPath, '-e', script, file], {}).send(MESSAGE)
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    run: '7f3k',
    text: 'CONTAINED: ‹!channel› & more',
  })
  await expect(command([process.execPath, '-e', 'process.exit(3)'], {}).send(MESSAGE)).rejects.toThrow(
    'exit 3',
  )
  await expect(command(['/no/such/program'], {}).send(MESSAGE)).rejects.toThrow('ENOENT')
  const forever = command([process.execPath, '-e', 'setInterval(() => {}, 1000)'], {}, 200)
  await expect(forever.send(MESSAGE)).rejects.toThrow('in time')
})

it('secrets come from the environment, or it is wrong usage', () => {
  const usage = expect.objectContaining({ code: 'usage' })
  const opens =
    (given: string, environment: NodeJS.ProcessEnv = {}) =>
    () =>
      openNotifiers([given], environment, REAL)
  expect(opens('webhook:http://127.0.0.1/x')).toThrow(usage)
  expect(opens('slack:https://hooks.slack.example/T/secret')).toThrow(usage)
  expect(opens('slack:HOOK')).toThrow(usage)
  expect(opens('pager:x')).toThrow(usage)
  expect(opens('command:[]')).toThrow(usage)
  const environment = {
    HOOK: 'https://hooks.slack.example/T/secret',
    INTERDICT_WEBHOOK_SECRET: 's',
    OTHER: 'stays',
  }
  const given = ['slack:HOOK', 'webhook:https://user:pass@h:8443/T/secret?k=1', 'slack:HOOK']
  const names = openNotifiers(given, environment, REAL).map(({ name }) => name)
  expect(names).toEqual(['slack:HOOK', 'webhook:https://h:8443', 'slack:HOOK'])
  // No child of ours, and none of a library, inherits them.
  expect(environment).toEqual({ OTHER: 'stays' })
})

it('a command inherits what it needs to run, and no secret', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'interdict-notify-')), 'environment')
  const script = "require('fs').writeFileSync(process.argv[1], JSON.stringify(process.env))"
  const passed = {
    PATH: process.env['PATH'],
    HOME: '/home/soc',
    LANG: 'C.UTF-8',
    LC_ALL: 'C',
    HTTPS_PROXY: 'http://proxy.example:3128',
    INTERDICT_NOTIFY_TOKEN: 'meant for it',
  }
  const secrets = {
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'secret',
    AZURE_CLIENT_SECRET: 'secret',
    AZURE_STORAGE_CONNECTION_STRING: 'secret',
    GOOGLE_APPLICATION_CREDENTIALS: 'secret',
    INTERDICT_WEBHOOK_SECRET: 'secret',
    SLACK_URL: 'secret',
    GITHUB_TOKEN: 'secret',
    NODE_OPTIONS: '--no-warnings',
    http_proxy: 'http://user:secret@proxy.example:3128',
  }
  await command([process.execPath, '-e', script, file], { ...secrets, ...passed }).send(MESSAGE)
  const got = JSON.parse(await readFile(file, 'utf8')) as object
  expect(got).toMatchObject(passed)
  expect(Object.keys(got).filter(name => name in secrets)).toEqual([])
  expect(JSON.stringify(got)).not.toContain('secret')
})
