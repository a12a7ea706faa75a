// Loaded with --import: writes down every exchange that an HTTP server of this process answers, one JSON a line, into
// the folder that INTERDICT_TEST_RECORD names. The servers do not know.
import diagnostics from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.env.INTERDICT_TEST_RECORD
const file = folder && join(folder, `${process.pid}.ndjson`)
const textOf = chunk =>
  typeof chunk === 'string' || chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.alloc(0)

function tap({ request, response }) {
  const sent = []
  const answered = []
  const { push } = request
  // The parser hands the body over through push; null is its end.
  request.push = function (chunk, ...rest) {
    if (chunk) sent.push(textOf(chunk))
    return push.call(this, chunk, ...rest)
  }
  const { write, end, writeHead } = response
  let headers = {}
  response.writeHead = function (...args) {
    const given = args.at(-1)
    if (given && typeof given === 'object' && !Array.isArray(given)) headers = given
    return writeHead.apply(this, args)
  }
  response.write = function (chunk, ...rest) {
    answered.push(textOf(chunk))
    return write.call(this, chunk, ...rest)
  }
  response.end = function (chunk, ...rest) {
    answered.push(textOf(chunk))
    const lower = Object.entries({ ...this.getHeaders(), ...headers }).map(([name, value]) => [
      name.toLowerCase(),
      String(value),
    ])
    const line = {
      method: request.method,
      url: request.url,
      requestHeaders: request.headers,
      requestBody: Buffer.concat(sent).toString('utf8'),
      status: this.statusCode,
      responseHeaders: Object.fromEntries(lower),
      responseBody: Buffer.concat(answered).toString('utf8'),
    }
    appendFileSync(file, `${JSON.stringify(line)}\n`)
    return end.call(this, chunk, ...rest)
  }
}

if (file) diagnostics.subscribe('http.server.request.start', tap)
