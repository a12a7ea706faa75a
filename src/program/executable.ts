import { basename } from 'node:path'

/** The name under which the gate is started, as a link to the executable or as its first word. */
const GATE = 'interdict-gate'

/** Runs the single executable: as `interdict-gate` if that is its name or its first word, and as `interdict` otherwise. */
export async function start(): Promise<void> {
  const words = process.argv.slice(2)
  if (basename(process.argv0).replace(/\.exe$/i, '') === GATE) return await gate(words)
  if (words[0] === GATE) return await gate(words.slice(1))
  const { main } = await import('./main.ts')
  await main(words)
}

/** A harness takes any exit code except 2 as leave to run the tool, so every failure ends in 2. */
async function gate(words: string[]): Promise<void> {
  try {
    const { main } = await import('../cli/gate.ts')
    process.exit(await main(words))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    process.stderr.write(`interdict-gate refused: it cannot start: ${why}\n`)
    process.exit(2)
  }
}
