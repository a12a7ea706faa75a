// Runs one command from its sources: `run-command.mjs rotate 7f3k --lab`. No build and no manifest are needed for it.
import { Config } from '@oclif/core'

const [name, ...args] = process.argv.slice(2)
const { default: Command } = await import(new URL(`../../src/commands/${name}.ts`, import.meta.url).href)
const config = await Config.load({ root: new URL('../..', import.meta.url).pathname })
await new Command(args, config)._run().catch(error => {
  process.exitCode = error?.oclif?.exit ?? process.exitCode ?? 1
})
