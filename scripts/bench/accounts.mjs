import { spawn } from 'node:child_process'
import { createServer, connect as dial } from 'node:net'
import { join } from 'node:path'
import { labOf } from './inventory.mjs'
import { nodeFlags } from './node-flags.mjs'
import { quarantineRoles } from './playbook.mjs'

/** Member accounts; the responder's own and the management account come on top. */
const SIZES = '1,50,500'
/** Roles in each account that nobody means, beside its user, key, vendor's role and member role. */
const OTHERS = 16

/** A loopback proxy that counts connections, and how many were open at once. */
async function counting(endpoint) {
  const { hostname, port } = new URL(endpoint)
  const counts = { opened: 0, open: 0, most: 0 }
  const server = createServer(incoming => {
    counts.opened += 1
    counts.open += 1
    counts.most = Math.max(counts.most, counts.open)
    const outgoing = dial(Number(port), hostname)
    incoming.pipe(outgoing).pipe(incoming)
    incoming.once('close', () => {
      counts.open -= 1
      outgoing.destroy()
    })
    for (const each of [incoming, outgoing]) each.on('error', () => incoming.destroy())
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    counts,
    close: () => new Promise(resolve => server.close(resolve)),
  }
}

/** Runs `organization.mjs`; `asked.restore: false` leaves out the restore. */
export function organization(root, asked) {
  return new Promise((resolve, reject) => {
    const script = join(root, 'scripts/bench/organization.mjs')
    const args = [...nodeFlags(root), script, join(root, 'dist'), JSON.stringify(asked)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', chunk => {
      out += chunk
    })
    child.once('close', code =>
      code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`organization ended with ${code}`)),
    )
  })
}

/** Enters, plans, contains and restores an organization of three sizes: what an account costs must not grow with them. */
export async function accounts(root, sizes = SIZES) {
  const measured = []
  for (const count of sizes.split(',').map(Number)) {
    const lab = await labOf(root, { cloud: 'members', count, projects: OTHERS })
    const proxy = await counting(lab.endpoint)
    try {
      const scope = { accounts: ['organization'], role: 'security/interdict-responder' }
      const { endpoint } = proxy
      const result = await organization(root, {
        endpoint,
        credentials: lab.credentials,
        scope,
        playbook: quarantineRoles('identity.name == "vendor-sync"', true),
      })
      measured.push({ ...result, ...proxy.counts })
    } finally {
      await proxy.close()
      await lab.close()
    }
  }
  const [one] = measured
  return measured.map(each => {
    const { accounts, done, restored, seconds, calls, opened, most, lines, peakMb } = each
    const all = of => Object.values(of).reduce((sum, part) => sum + part, 0)
    const perAccount = (of, by) => all(of) / by
    const ratio = perAccount(seconds, accounts) / perAccount(one.seconds, one.accounts)
    const steps = Object.entries(seconds)
      .map(([step, took]) => `${step} ${took.toFixed(1)} s`)
      .join(', ')
    return [
      `${accounts} AWS accounts: enter, plan, contain and restore ${done} roles`,
      `${restored} of ${done} restored; ${perAccount(calls, accounts).toFixed(0)} calls an account; ` +
        `${opened} connections, ${most} at once; ${steps}: ${ratio.toFixed(2)} of the time an account that ` +
        `${one.accounts} take; plan of ${lines} lines; ${peakMb.toFixed(0)} MB`,
    ]
  })
}
