import { describe, expect, it } from 'vitest'
import { keepOwnDirect, proxyFor } from '../../src/egress/proxy.ts'

const through = (url: string, environment: NodeJS.ProcessEnv) => proxyFor(new URL(url), environment)?.href
const PROXY = 'http://proxy.example:3128/'

describe('the proxy of an address', () => {
  it.each([
    ['https://iam.amazonaws.com', { HTTPS_PROXY: PROXY }, PROXY],
    ['https://iam.amazonaws.com', { https_proxy: PROXY }, PROXY],
    ['https://iam.amazonaws.com', { https_proxy: PROXY, HTTPS_PROXY: 'http://other:1' }, PROXY],
    ['https://iam.amazonaws.com', { ALL_PROXY: PROXY }, PROXY],
    ['https://iam.amazonaws.com', { HTTP_PROXY: PROXY }, undefined],
    ['http://aws.invalid', { HTTP_PROXY: PROXY }, PROXY],
    ['http://aws.invalid', { http_proxy: PROXY }, PROXY],
    ['http://aws.invalid', { HTTPS_PROXY: PROXY }, undefined],
    ['https://iam.amazonaws.com', { HTTPS_PROXY: 'proxy.example:3128' }, PROXY],
    ['https://iam.amazonaws.com', { HTTPS_PROXY: '' }, undefined],
    ['https://iam.amazonaws.com', {}, undefined],
  ])('of %s with %j is %s', (url, environment, proxy) => {
    expect(through(url, environment)).toBe(proxy)
  })

  it.each([
    'http://localhost:8080',
    'http://127.0.0.1:18100',
    'http://127.9.9.9',
    'http://[::1]:9',
    'http://169.254.169.254/latest/meta-data',
    'http://169.254.170.2/v2/credentials',
    'http://[fd00:ec2::254]/latest',
    'http://metadata.google.internal/computeMetadata/v1',
    'http://metadata.google.internal./computeMetadata/v1',
  ])('is none for %s, which only this machine reaches', url => {
    expect(through(url, { HTTP_PROXY: PROXY, HTTPS_PROXY: PROXY })).toBeUndefined()
  })

  it.each([
    ['*', true],
    ['amazonaws.com', true],
    ['.amazonaws.com', true],
    ['*.amazonaws.com', true],
    ['IAM.AMAZONAWS.COM', true],
    ['iam.amazonaws.com:443', true],
    ['iam.amazonaws.com:8443', false],
    ['zonaws.com', false],
    ['example.org, amazonaws.com', true],
    ['example.org amazonaws.com', true],
    ['', false],
    [',', false],
  ])('is left out by NO_PROXY=%j: %s', (listed, direct) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const found = through('https://iam.amazonaws.com', { HTTPS_PROXY: PROXY, [name]: listed })
      expect(found === undefined, name).toBe(direct)
    }
  })

  it.each([
    ['10.0.0.0/8', 'https://10.2.3.4', true],
    ['10.0.0.0/8', 'https://11.2.3.4', false],
    ['10.2.3.4', 'https://10.2.3.4:9', true],
    ['10.2.3.4:9', 'https://10.2.3.4', false],
    ['fd00::/8', 'https://[fd12::1]', true],
    ['[fd12::1]:443', 'https://[fd12::1]', true],
    ['10.0.0.0/99', 'https://10.2.3.4', false],
  ])('is left out by NO_PROXY=%s for %s: %s', (listed, url, direct) => {
    expect(through(url, { HTTPS_PROXY: PROXY, NO_PROXY: listed }) === undefined).toBe(direct)
  })

  it.each(['socks5://proxy.example:1080', 'not an address', 'ftp://x'])(
    'throws for %s, without showing it',
    text => {
      const secret = text.replace('//', '//user:hunter2@')
      expect(() => through('https://iam.amazonaws.com', { HTTPS_PROXY: secret })).toThrow(
        /HTTPS_PROXY is not/,
      )
      expect(() => through('https://iam.amazonaws.com', { HTTPS_PROXY: secret })).not.toThrow(/hunter2/)
    },
  )
})

describe('libraries that read the environment themselves', () => {
  it('are told what is never asked for through a proxy, once', () => {
    const environment: NodeJS.ProcessEnv = { HTTPS_PROXY: PROXY, no_proxy: 'corp.example' }
    keepOwnDirect(environment)
    const once = { ...environment }
    keepOwnDirect(environment)
    expect(environment).toEqual(once)
    expect(environment.NO_PROXY).toMatch(/^corp\.example,.*169\.254\.169\.254.*metadata\.google\.internal/)
    expect(environment.no_proxy).toBe(environment.NO_PROXY)
  })

  it('are told nothing where no proxy is named', () => {
    const environment: NodeJS.ProcessEnv = {}
    keepOwnDirect(environment)
    expect(environment).toEqual({})
  })
})
