/** Methods of a client by how the gate treats them, as the table of docs/gate.md has them. */
export const OPEN = [
  'resources/list',
  'resources/templates/list',
  'resources/unsubscribe',
  'prompts/list',
  'completion/complete',
  'logging/setLevel',
  'subscriptions/listen',
  'tasks/get',
  'tasks/result',
  'tasks/list',
  'tasks/cancel',
]
export const NEVER_JUDGED = ['initialize', 'ping', 'server/discover', 'tools/list']
/** Judged as the tool of their name. */
export const TOOLS = ['resources/read', 'resources/subscribe', 'prompts/get']

export const request = (id: number, method: string, params: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
})
