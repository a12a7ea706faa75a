import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../../src/commands', import.meta.url))

interface Loaded {
  summary?: string
  examples?: unknown[]
  args?: Record<string, { required?: boolean }>
  flags?: Record<string, Flag>
  baseFlags?: Record<string, Flag>
}

interface Flag {
  type: string
  char?: string
  env?: string
  multiple?: boolean
  required?: boolean
  options?: readonly string[]
}

test('every command with its arguments and flags: a lost one shows', async () => {
  const commands: Record<string, unknown> = {}
  for (const file of globSync('**/*.ts', { cwd: folder }).sort()) {
    const { default: command } = (await import(`${folder}/${file}`)) as { default: Loaded }
    const id = file.replaceAll('/', ' ').replace(/\.ts$/, '')
    expect(command.summary, `${id} has a summary`).toBeTruthy()
    expect(command.examples?.length, `${id} has an example`).toBeGreaterThan(0)
    const flags = Object.entries({ ...command.baseFlags, ...command.flags }).map(([name, flag]) => {
      const { type, char, env, multiple, required, options } = flag
      return [name, { type, char, env, multiple, required, options }]
    })
    commands[id] = {
      args: Object.entries(command.args ?? {}).map(([name, { required }]) => (required ? name : `[${name}]`)),
      flags: Object.fromEntries(flags.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))),
    }
  }
  await expect(`${JSON.stringify(commands, null, 2)}\n`).toMatchFileSnapshot('./snapshot.json')
})
