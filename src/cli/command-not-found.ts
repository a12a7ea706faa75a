import type { Hook } from '@oclif/core/hooks'
import { Fault } from '../model/fault.ts'
import { showFault } from './verb.ts'

/** Answers an unknown command as every other wrong usage. */
const commandNotFound: Hook.CommandNotFound = async ({ id, argv = [], config }) => {
  const { nearest } = await import('../model/document/problems.ts')
  const commands = config.commands.filter(({ hidden }) => !hidden).map(each => each.id.replaceAll(':', ' '))
  const given = id.replaceAll(':', ' ')
  const near = nearest(given, commands)
  const fault = new Fault('usage', `no command is called ${JSON.stringify(given)}`, {
    next: near === undefined ? 'interdict --help lists them' : `did you mean interdict ${near}?`,
  })
  await showFault(fault, [...argv, ...process.argv.slice(2)])
}

export default commandNotFound
