/** Codes of OpenSSL and Node for a certificate that is not trusted (Node.js, "TLS (SSL)", X509 certificate error codes). */
const UNTRUSTED = new Set([
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** Errors that wrap each other at most. */
const DEPTH = 5

/**
 * Returns advice for a network error that a setting of this machine mends: a certificate that is not
 * trusted, or a proxy that lets nothing through. Undefined for all others.
 *
 * @param bundle the variable by which the cloud's own tools take certificates
 */
export function networkAdvice(error: unknown, bundle?: string): string | undefined {
  const code = codesOf(error).find(each => UNTRUSTED.has(each) || each === 'ERR_PROXY')
  if (code === undefined) return undefined
  if (code === 'ERR_PROXY') return 'check HTTPS_PROXY and NO_PROXY, and give the command again'
  const variable = bundle === undefined ? '' : ` or ${bundle}`
  return `trust the authority that signed it (often that of a proxy which opens TLS): set NODE_EXTRA_CA_CERTS${variable} to its PEM file, and give the command again`
}

/** OpenSSL's words without Node's advice, which names an option of Node. */
export function networkText(text: string): string {
  return text.replace(/; if the root CA is installed locally, try running Node\.js with --use-system-ca/, '')
}

function codesOf(error: unknown): string[] {
  const found: string[] = []
  let each = error
  for (let depth = 0; depth < DEPTH && typeof each === 'object' && each !== null; depth++) {
    if ('code' in each) found.push(String(each.code))
    each = 'cause' in each ? each.cause : undefined
  }
  return found
}
