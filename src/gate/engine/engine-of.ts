import { resolve } from 'node:path'
import type { Engine } from './engine.ts'

/** The policy engine that the command line names. */
export interface EngineWords {
  /** `opa=URL`, or `cedar=FILE[,entities=FILE][,schema=FILE]`. */
  engine: string
  ca?: string | undefined
  token?: string | undefined
}

/** The engine that the words name. Throws when they name none, before any call is decided. */
export async function engineOf({ engine, ca, token }: EngineWords): Promise<Engine> {
  const [, kind, place = ''] = /^(opa|cedar)=(.+)$/s.exec(engine) ?? []
  if (kind === 'opa') {
    const { opaEngine } = await import('./opa.ts')
    return opaEngine({
      url: place,
      ...(ca === undefined ? {} : { ca: resolve(ca) }),
      ...(token === undefined ? {} : { token: resolve(token) }),
    })
  }
  if (kind !== 'cedar') throw new Error('--policy-engine has to be opa=URL or cedar=FILE')
  if (ca !== undefined || token !== undefined)
    throw new Error('--policy-engine-ca and --policy-engine-token are for opa=URL')
  const { cedarEngine } = await import('./cedar.ts')
  return cedarEngine(cedarFiles(place))
}

/** The words with which a command line names the same engine, with whole paths. Throws as `engineOf` does. */
export async function engineWords(words: EngineWords): Promise<string[]> {
  await engineOf(words)
  const { engine, ca, token } = words
  const [, kind, place = ''] = /^(opa|cedar)=(.+)$/s.exec(engine) ?? []
  const { policies, ...more } = kind === 'cedar' ? cedarFiles(place) : { policies: place }
  const named = Object.entries(more).map(([name, path]) => `,${name}=${path}`)
  return [
    ...['--policy-engine', `${kind}=${policies}${named.join('')}`],
    ...(ca === undefined ? [] : ['--policy-engine-ca', resolve(ca)]),
    ...(token === undefined ? [] : ['--policy-engine-token', resolve(token)]),
  ]
}

function cedarFiles(place: string): { policies: string; entities?: string; schema?: string } {
  const [policies = '', ...more] = place.split(',')
  const named = more.map(part => /^(entities|schema)=(.+)$/s.exec(part))
  if (policies === '' || named.includes(null))
    throw new Error('--policy-engine has to be cedar=FILE[,entities=FILE][,schema=FILE]')
  const files = Object.fromEntries(named.map(match => [match?.[1] ?? '', resolve(match?.[2] ?? '')]))
  return { policies: resolve(policies), ...files }
}
