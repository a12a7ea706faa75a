import { Config, Plugin } from '@oclif/core/config'
import { handle } from '@oclif/core/handle'
import { Help, normalizeArgv } from '@oclif/core/help'
import type { Manifest, PJSON } from '@oclif/core/interfaces'
import { helpAddition, versionAddition } from '@oclif/core/run'
import { stdout } from '@oclif/core/ux'
import { shippedPath, shippedText } from '../store/shipped-files.ts'
import { COMMANDS } from './commands.ts'

/** Does for any command line what `execute` of oclif does, with the commands of this bundle. */
export async function runAny(argv: string[]): Promise<void> {
  try {
    const config = await wholeConfig()
    const [id = '', ...rest] = normalizeArgv(config, argv)
    if (versionAddition(argv, config)) return stdout(config.userAgent)
    if (helpAddition(argv, config)) {
      if (isKnown(id, config)) return await new Help(config).showHelp(argv)
      const { answerUnknown } = await import('../cli/command-not-found.ts')
      return await answerUnknown({ id, argv: rest, config })
    }
    const load = COMMANDS[id]
    if (load) await (await load()).default.start(rest, config)
    else if (config.findTopic(id)) await new Help(config).showHelp([id])
    else {
      const { answerUnknown } = await import('../cli/command-not-found.ts')
      await answerUnknown({ id, argv: rest, config })
    }
  } catch (error) {
    await handle(error instanceof Error ? error : new Error(String(error)))
  }
}

/** True for the name of a command or a topic, and for no name at all (`--help`). */
function isKnown(id: string, config: Config): boolean {
  return id === '' || id.startsWith('-') || Object.hasOwn(COMMANDS, id) || config.findTopic(id) !== undefined
}

/** Returns oclif's configuration, from the package's own files and the manifest: no folder is searched. */
async function wholeConfig(): Promise<Config> {
  const pjson = JSON.parse(shippedText('package.json')) as PJSON
  const manifest = JSON.parse(shippedText('oclif.manifest.json')) as Manifest
  const root = shippedPath('.')
  const { name, version } = pjson
  const plugin = new Plugin({ root, isRoot: true, pjson })
  Object.assign(plugin, {
    root,
    pjson,
    isRoot: true,
    valid: true,
    name,
    version,
    alias: name,
    type: 'core',
    hooks: {},
    manifest,
  })
  plugin.commands = Object.values(manifest.commands).map(command => ({
    ...command,
    pluginAlias: name,
    pluginType: 'core',
    load: async () => {
      const load = COMMANDS[command.id]
      if (!load) throw new Error(`no command ${command.id}`)
      return Object.assign((await load()).default, { id: command.id, plugin })
    },
  }))
  return await Config.load({ root, pjson, plugins: new Map([[name, plugin]]) })
}
