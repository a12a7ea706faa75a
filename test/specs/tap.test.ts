import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recorded } from './vendors.ts'

const SERVER = `
import { createServer } from 'node:http'
const server = createServer(async (request, response) => {
  request.setEncoding('utf8')
  let body = ''
  for await (const chunk of request) body += chunk
  response.setHeader('x-first', 'a')
  response.writeHead(201, { 'Content-Type': 'text/plain' })
  response.write('got ')
  response.end(body)
})
server.listen(0, '127.0.0.1', async () => {
  const answer = await fetch('http://127.0.0.1:' + server.address().port + '/a%2Fb?c=d', {
    method: 'POST', body: 'ünï'.repeat(40_000), headers: { 'x-asked': 'yes' },
  })
  if ((await answer.text()).length !== 120_004) process.exitCode = 1
  server.close()
})`

test('the tap writes down a request and its answer, and changes neither', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interdict-tap-'))
  try {
    const tap = new URL('./tap.preload.mjs', import.meta.url).href
    execFileSync(process.execPath, ['--import', tap, '--input-type=module', '-e', SERVER], {
      env: { ...process.env, INTERDICT_TEST_RECORD: folder },
    })
    const [exchange, ...rest] = recorded(folder)
    expect(rest).toEqual([])
    expect(exchange).toMatchObject({
      method: 'POST',
      url: '/a%2Fb?c=d',
      requestHeaders: { 'x-asked': 'yes' },
      requestBody: 'ünï'.repeat(40_000),
      status: 201,
      responseHeaders: { 'x-first': 'a', 'content-type': 'text/plain' },
      responseBody: `got ${'ünï'.repeat(40_000)}`,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
