import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { aws } from '../../src/clouds/aws/provider.ts'
import { parsePlaybook } from '../../src/model/playbook/parse.ts'
import type { Provider } from '../../src/model/provider.ts'
import type { ReactorOptions } from '../../src/toolkit/watch/reactor-options.ts'
import { warmUp } from '../../src/toolkit/watch/warm-up.ts'

const PLAYBOOK = `version: 1
name: warm
title: Warm
status: test
severity: low
scope: { aws: { accounts: [self] } }
protect: ['false']
limit: { identities: 1, share: 1 }
ttl: 1h
steps:
  - name: nobody
    select: identity.kind == "role" && identity.name == "nobody"
    interrupt: [quarantine]
`

/** A port of this machine at which nobody is. */
async function nowhere(): Promise<string> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

it('what is not there is told, and the watch goes on', async () => {
  const provider = { ...aws, warmUp: () => Promise.reject(new Error('no such library')) } as Provider
  const catalog = { clouds: ['aws'], kinds: aws.kinds, interruptions: provider.interruptions }
  const playbook = parsePlaybook(PLAYBOOK, 'warm.yaml', catalog)
  const heard: string[] = []
  const credentials = { aws: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' } }
  const lab = { id: 'none', endpoint: await nowhere(), credentials, now: () => new Date().toISOString() }
  await warmUp(
    {
      playbooks: new Map([['warm', playbook]]),
      providers: new Map([['aws', provider]]),
      lab,
      warn: (text: string) => heard.push(text),
    } as unknown as ReactorOptions,
    new AbortController().signal,
  )
  expect(heard).toEqual([
    expect.stringContaining('no such library'),
    expect.stringMatching(/aws could not be contained/),
  ])
})
