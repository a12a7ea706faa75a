import { connect } from '../../../src/clouds/azure/connect.ts'
import { REAL } from '../../../src/model/timing.ts'

// A program of its own: Node reads NODE_EXTRA_CA_CERTS when it starts.
const { sessions, unreached } = await connect({ timing: REAL, scope: JSON.parse(process.argv[2] ?? '{}') })
const [session] = sessions
const client = session?.client
// One more call of each service, with the tokens that are there.
if (client && process.argv[3] === 'again') {
  for (const [service, path] of [
    ['graph', '/v1.0/challenged'],
    ['arm', '/subscriptions/again'],
  ] as const) {
    await client.call({ service, method: 'GET', path, operation: path })
  }
}
const listed: string[] = []
if (session && process.argv[3] === 'list') {
  for await (const { id } of session.inventory({})) listed.push(id)
}
console.log(
  JSON.stringify({
    listed: listed.length,
    account: session?.account,
    alias: session?.alias,
    caller: session?.caller,
    endpoint: session?.endpoint,
    subscriptions: client?.subscriptions,
    warnings: session?.warnings,
    unreached,
  }),
)
