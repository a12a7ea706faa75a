import { Config } from '@oclif/core/config'

/** The configuration that a command reads, without oclif's look for plugins, themes, shells and manifests. */
class CommandConfig extends Config {
  override async runHook() {
    return { successes: [], failures: [] }
  }
}

/** Returns the configuration of one command. `userAgent` begins with name and version: `interdict/1.2.3 linux-x64 …`. */
export function commandConfig(userAgent: string): Config {
  const [name = '', version = ''] = userAgent.split(/[/ ]/)
  return Object.assign(new CommandConfig({ root: '/' }), { bin: name, name, version, userAgent })
}
