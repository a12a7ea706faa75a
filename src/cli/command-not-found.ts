import type { Config } from '@oclif/core/config'
import type { Hook } from '@oclif/core/hooks'
import { Fault } from '../model/fault.ts'
import { showFault } from './verb.ts'

interface Unknown {
  id: string
  argv: readonly string[]
  config: Pick<Config, 'commands'>
}

/** Answers an unknown command as every other wrong usage. */
export async function answerUnknown({ id, argv, config }: Unknown): Promise<void> {
  const { nearest } = await import('../model/document/problems.ts')
  const commands = config.commands.filter(({ hidden }) => !hidden).map(each => each.id.replaceAll(':', ' '))
  const given = id.replaceAll(':', ' ')
  const near = nearest(given, commands)
  const fault = new Fault('usage', `no command is called ${JSON.stringify(given)}`, {
    next: near === undefined ? 'interdict --help lists them' : `did you mean interdict ${near}?`,
  })
  await showFault(fault, [...argv, ...process.argv.slice(2)])
}

/** The hook of oclif's own start, with which the sources run (`bin/dev.js`). */
const commandNotFound: Hook.CommandNotFound = async ({ id, argv = [], config }) =>
  await answerUnknown({ id, argv, config })

export default commandNotFound
