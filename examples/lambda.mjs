// An AWS Lambda function behind an EventBridge rule for GuardDuty findings. The state folder is on EFS, so that the journal
// outlives the function; the configuration with the sealing key is on a second access point.
import { fileURLToPath } from 'node:url'
import { Toolkit } from 'interdict'

const PLAYBOOK = fileURLToPath(new URL('guardduty-key.yaml', import.meta.url))

export async function handler(event) {
  const { INTERDICT_STATE, INTERDICT_CONFIG, INTERDICT_TARGET: target } = process.env
  const toolkit = await Toolkit.open({
    folders: { state: INTERDICT_STATE ?? '/mnt/runs', config: INTERDICT_CONFIG ?? '/mnt/keys' },
    target: target === 'lab' ? 'lab' : 'live',
    environment: process.env,
    tool: 'guardduty-lambda',
    warn: text => console.warn(text),
  })
  const { reactions, setAside } = await toolkit.react(event, {
    playbooks: [PLAYBOOK],
    mode: 'act',
    // An event counts with the envelope that EventBridge gives it, and with its account.
    via: 'sqs',
  })
  return {
    setAside,
    reactions: reactions.map(({ firing, reacted }) => ({ trigger: firing.trigger, ...reacted })),
  }
}
