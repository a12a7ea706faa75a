import { Fault } from '../model/fault.ts'
import type { CompletionResult } from '../toolkit/results/completion.ts'
import { jsonText } from '../ui/json.ts'
import { completionScript, SHELLS } from './completion-scripts.ts'
import { print } from './terminal.ts'

/** `completion SHELL`: prints the shell's script. */
export async function showCompletion(given: string, { json }: { json: boolean }): Promise<void> {
  const shell = SHELLS.find(each => each === given)
  if (shell === undefined) throw new Fault('usage', `there is no completion for ${JSON.stringify(given)}`)
  const script = completionScript(shell)
  await print(json ? jsonText({ shell, script } satisfies CompletionResult) : script)
}
