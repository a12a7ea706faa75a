import { fork } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { PLAYBOOKS } from './fight-kinds.mjs'

const WORKER = fileURLToPath(new URL('fight-worker.mjs', import.meta.url))

/** Fights at once in one process: each is mostly waiting. More of them slow both sides down. */
const AT_ONCE = 2

/** Options of the command line, and what they are without a word. */
export const FIGHT_OPTIONS = {
  cloud: { type: 'string', multiple: true },
  seeds: { type: 'string', default: '20' },
  propagation: { type: 'string', default: '1,4' },
  period: { type: 'string', default: '0.1,0.3' },
  'at-once': { type: 'string', default: String(AT_ONCE) },
}

/**
 * A thief that fights back against the shipped playbooks: for each kind, propagation delay and period of the thief, one fight
 * a seed, in real time. Rows for a table of its own.
 */
export async function fight(root, options) {
  const numbers = text => text.split(',').map(Number)
  const clouds = options.cloud?.flatMap(each => each.split(','))
  const kinds = Object.keys(PLAYBOOKS).filter(
    kind => clouds === undefined || clouds.includes(kind) || clouds.includes(PLAYBOOKS[kind].cloud),
  )
  const cells = kinds.flatMap(kind =>
    numbers(options.propagation).flatMap(propagation =>
      numbers(options.period).map(period => ({ kind, propagation, period })),
    ),
  )
  const fights = cells.flatMap(cell =>
    Array.from({ length: Number(options.seeds) }, (_, index) => ({ cell, seed: index + 1 })),
  )
  if (fights.length === 0) throw new Error('no such fight')
  const began = performance.now()
  const loads = []
  const results = await fightAll(root, fights, Number(options['at-once']), done => {
    loads.push(loadavg()[0])
    process.stderr.write(`  ${done} of ${fights.length} fights, ${minutes(performance.now() - began)} min\r`)
  })
  process.stderr.write('\n')
  const rows = cells.map(cell =>
    rowOf(
      cell,
      results.filter(each => each.cell === cell),
    ),
  )
  const failed = results.filter(({ error }) => error !== undefined)
  for (const { cell, seed, error } of failed) {
    process.stderr.write(`${cell.kind}, ${cell.propagation} s, ${cell.period} s, seed ${seed}: ${error}\n`)
  }
  const load = loads.reduce((sum, each) => sum + each, 0) / loads.length
  return {
    head: HEAD,
    rows,
    foot: `${fights.length - failed.length} fights in ${minutes(performance.now() - began)} min, load average ${load.toFixed(1)} on ${cpus().length} cores.`,
  }
}

const HEAD = [
  'thief',
  'enforced after',
  'a round each',
  'last accepted call, median',
  'at most',
  'within 2 delays + 1 s',
  'within 4 delays',
  'lost, and said within 10 delays',
  'lost, not said',
  'complete while accepted',
  'honest calls refused',
]

function rowOf({ kind, propagation, period }, results) {
  const fought = results.filter(({ error }) => error === undefined)
  const of = count => `${count} of ${fought.length}`
  const last = fought.map(({ fight }) => fight.lastAcceptedMs).sort((a, b) => a - b)
  const delay = propagation * 1000
  const isWon = ({ fight }) => fight.winner === 'responder'
  const within = ms => of(fought.filter(each => isWon(each) && each.fight.lastAcceptedMs <= ms).length)
  const lost = fought.filter(each => !isWon(each))
  const said = lost.filter(({ fight }) => fight.run === 'contested' && fight.containMs <= 10 * delay)
  const sum = of => fought.reduce((total, each) => total + of(each), 0)
  const differing = fought.filter(({ differences }) => differences.length > 0)
  return [
    `${PLAYBOOKS[kind].shown}${differing.length > 0 ? ` (${differing.length} estates differ: ${differing[0].differences.slice(0, 2).join(', ')})` : ''}`,
    `${propagation} s`,
    `${period} s`,
    seconds(last[Math.floor(last.length / 2)]),
    seconds(last.at(-1)),
    within(2 * delay + 1000),
    within(4 * delay),
    String(said.length),
    String(lost.length - said.length),
    String(sum(({ fight }) => (fight.acceptedAfterComplete > 0 ? 1 : 0))),
    String(sum(({ refused }) => refused)),
  ]
}

/** Each fight in one of as many processes as there are cores, several at once in each. */
async function fightAll(root, fights, atOnce, tell) {
  const waiting = fights.map((each, id) => ({ ...each, id }))
  const results = []
  const workers = Math.min(cpus().length, Math.ceil(fights.length / atOnce))
  await Promise.all(
    Array.from(
      { length: workers },
      () =>
        new Promise((resolve, reject) => {
          const worker = fork(WORKER, [root])
          let open = 0
          const next = () => {
            const job = waiting.shift()
            if (job === undefined) {
              if (open === 0) worker.disconnect()
              return
            }
            open += 1
            const { kind, propagation, period } = job.cell
            worker.send({
              id: job.id,
              kind,
              fight: {
                propagationMs: propagation * 1000,
                periodMs: period * 1000,
                seed: job.seed,
                helper: PLAYBOOKS[kind].helper === true,
              },
            })
          }
          worker.on('message', ({ ready, id, ...came }) => {
            if (ready) {
              for (let index = 0; index < atOnce; index += 1) next()
              return
            }
            open -= 1
            results.push({ ...fights[id], ...came })
            tell(results.length)
            next()
          })
          worker.once('error', reject)
          worker.once('exit', code =>
            code === 0 ? resolve() : reject(new Error(`a process of fights ended with ${code}`)),
          )
        }),
    ),
  )
  return results
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`
}

function minutes(ms) {
  return (ms / 60_000).toFixed(0)
}
