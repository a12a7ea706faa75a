// Loaded with --import: a connection or a look-up that would leave the machine is written down and does not happen.
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import net from 'node:net'

const isLoopback = host =>
  host === undefined || /^(127\.\d+\.\d+\.\d+|::1|localhost|)$/.test(String(host).replace(/^\[|\]$/g, ''))

function refuse(what) {
  appendFileSync(process.env.LOOPBACK_RECORD, `${what}\n`)
  throw Object.assign(new Error(`not loopback: ${what}`), { code: 'ENETUNREACH' })
}

const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (...args) {
  // Of the module itself the arguments come normalised, in a list.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args
  const options = typeof first === 'object' && first !== null ? first : { port: first, host: second }
  if (options.path === undefined && !isLoopback(options.host)) refuse(`connect ${options.host}`)
  return connect.apply(this, args)
}

for (const module of [dns, dns.promises]) {
  for (const name of Object.keys(module)) {
    if (!/^(lookup|resolve)/.test(name) || typeof module[name] !== 'function') continue
    const original = module[name]
    module[name] = function (host, ...rest) {
      if (!isLoopback(host)) refuse(`${name} ${host}`)
      return original.call(this, host, ...rest)
    }
  }
}

appendFileSync(process.env.LOOPBACK_RECORD, '')
