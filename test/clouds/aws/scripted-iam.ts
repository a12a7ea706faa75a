import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { awsClient, type ClientOptions } from '../../../src/clouds/aws/client.ts'
import { PACE } from '../../../src/clouds/aws/http/pace.ts'
import { awsLane } from '../../../src/clouds/aws/http/retry.ts'
import { REAL } from '../../../src/model/timing.ts'

export interface Received {
  action: string
  input: { [name: string]: string }
  headers: IncomingHttpHeaders
}

type Script = (received: Received, response: ServerResponse, nth: number) => void

/** An endpoint of the query protocol that answers as it is told, and remembers what it was asked. */
export class ScriptedIam {
  received: Received[] = []
  script: Script = (_, response) => answer(response, '')
  endpoint = ''
  #server: Server | undefined

  async start(): Promise<this> {
    this.#server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      const input = Object.fromEntries(new URLSearchParams(body))
      const received = { action: input.Action ?? '', input, headers: request.headers }
      this.received.push(received)
      this.script(received, response, this.received.filter(({ action }) => action === received.action).length)
    })
    const server = this.#server
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return this
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise(resolve => this.#server?.close(resolve))
  }

  client(more: Partial<ClientOptions> = {}) {
    return awsClient({
      timing: REAL,
      account: '111122223333',
      partition: 'aws',
      region: 'eu-west-3',
      regions: ['eu-west-3'],
      endpoint: this.endpoint,
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
      lane: awsLane(PACE, { rated: false, timing: REAL }),
      ...more,
    })
  }
}

export function answer(response: ServerResponse, result: string, action = 'Some'): void {
  response.end(`<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`)
}

export function fail(response: ServerResponse, code: string, status = 400): void {
  response.statusCode = status
  response.end(
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>as scripted</Message></Error></ErrorResponse>`,
  )
}
