type Handler = (args: unknown) => Promise<unknown>

/**
 * Takes the text of one element out of an XML answer before the SDK reads it: its parser builds a text letter by letter,
 * which takes some 30 times the text in memory (tested; the credential report of 25,000 users took 250 MB).
 *
 * `middleware` belongs next to the wire (step `deserialize`, priority `low`); `taken` is then what was in the element,
 * decoded from base64, or undefined when the answer had none.
 */
export function takingOut(element: string) {
  const [open, close] = [`<${element}>`, `</${element}>`]
  let taken: Uint8Array | undefined
  const middleware = (next: Handler) => async (args: unknown) => {
    const result = await next(args)
    const response = responseOf(result)
    if (response === undefined) return result
    const chunks: Uint8Array[] = []
    for await (const chunk of response.body) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const from = body.indexOf(open)
    const to = body.indexOf(close)
    const found = from !== -1 && to > from
    taken = found ? Buffer.from(body.toString('latin1', from + open.length, to), 'base64') : undefined
    // Bytes are a body as well, for the SDK.
    Object.assign(response, {
      body: found ? Buffer.concat([body.subarray(0, from), body.subarray(to + close.length)]) : body,
    })
    return result
  }
  return { middleware, taken: () => taken }
}

function responseOf(result: unknown): { body: AsyncIterable<Uint8Array> } | undefined {
  if (typeof result !== 'object' || result === null || !('response' in result)) return undefined
  const { response } = result
  if (typeof response !== 'object' || response === null || !('body' in response)) return undefined
  return hasStream(response) ? response : undefined
}

function hasStream(response: { body: unknown }): response is { body: AsyncIterable<Uint8Array> } {
  const { body } = response
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}
