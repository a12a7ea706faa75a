// node contain.mjs KEY: plans, contains and restores in the rehearsal lab of the folder ./interdict
import { Toolkit } from 'interdict'

const [key] = process.argv.slice(2)
const toolkit = await Toolkit.open({
  folders: { state: 'interdict/state', config: 'interdict/config' },
  target: 'lab',
  environment: process.env,
  warn: text => console.error(text),
  // Without an answer nothing is changed: this script decides what is small enough to do by itself.
  answer: question =>
    question.type === 'contain' ? question.plan.counts.touched <= 2 : question.type === 'restore',
})

const plan = await toolkit.plan('leaked-access-key', { inputs: { key: key ?? '' } })
console.log(`${plan.changes.length} changes of ${plan.counts.touched} identities`)
const contained = await toolkit.contain(plan, { reason: 'found in a public repository' })
if (contained.outcome !== 'run') throw new Error(`held already by ${contained.holders.join(', ')}`)
console.log(`run ${contained.state.run}: ${contained.state.finished}`)
const restored = await toolkit.restore(contained.state.run, { reason: 'the key was rotated' })
console.log(`restore: ${restored.state.restore?.finished}`)
