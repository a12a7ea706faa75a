import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

const PAYLOAD = 'application/vnd.in-toto+json'

/**
 * Returns an in-toto statement (https://in-toto.io/Statement/v1) with SLSA provenance (https://slsa.dev/spec/v1.0/provenance): by which
 * build, from which commit and which lock file the tarball was made.
 *
 * @param source `{ remote, commit, changed, time }`; `remote` and `commit` may be undefined, `changed`: files differ from the commit
 */
export function statementOf({ tarball, source, lock }) {
  const bytes = readFileSync(tarball)
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      {
        name: basename(tarball),
        digest: { sha256: digest('sha256', bytes), sha512: digest('sha512', bytes) },
      },
    ],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:interdict:build:pack:1',
        externalParameters: { command: 'npm run pack' },
        internalParameters: {
          node: process.version,
          platform: process.platform,
          arch: process.arch,
          changed: source.changed,
        },
        resolvedDependencies: [
          ...(source.commit === undefined
            ? []
            : [
                {
                  ...(source.remote === undefined
                    ? { name: 'source' }
                    : { uri: `git+${source.remote}@${source.commit}` }),
                  digest: { gitCommit: source.commit },
                },
              ]),
          { name: 'package-lock.json', digest: { sha256: digest('sha256', readFileSync(lock)) } },
        ],
      },
      runDetails: {
        builder: { id: process.env['INTERDICT_BUILDER'] ?? 'urn:interdict:builder:local' },
        metadata: { finishedOn: new Date().toISOString() },
      },
    },
  }
}

/**
 * Returns the statement in an envelope that is signed with an Ed25519 key
 * (https://github.com/secure-systems-lab/dsse/blob/master/protocol.md). `keyid` is the SHA-256 of the public key in DER.
 *
 * @param key private key in PEM
 */
export function envelopeOf(statement, key) {
  const payload = Buffer.from(JSON.stringify(statement))
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${PAYLOAD.length} ${PAYLOAD} ${payload.length} `),
    payload,
  ])
  const secret = createPrivateKey(key)
  if (secret.asymmetricKeyType !== 'ed25519') throw new Error('the key of --key is not an Ed25519 key')
  const keyid = digest('sha256', createPublicKey(secret).export({ type: 'spki', format: 'der' }))
  return {
    payloadType: PAYLOAD,
    payload: payload.toString('base64'),
    signatures: [{ keyid, sig: sign(null, signed, secret).toString('base64') }],
  }
}

const digest = (algorithm, bytes) => createHash(algorithm).update(bytes).digest('hex')
