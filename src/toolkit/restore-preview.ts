import type { RestorePreview } from '../engine/index.ts'
import type { RestoreOptions } from '../model/entry.ts'
import { previewPastHorizon } from './horizon-preview.ts'
import type { Host } from './host.ts'
import type { OpenRun } from './open-run.ts'
import type { RestoreRequest } from './restore.ts'
import { optionsOf } from './restore-options.ts'

/** Previews a restore, and returns the options of the engine for what was asked for. Reads only. @param wanted false: nothing */
export async function previewRequested(
  host: Host,
  open: OpenRun,
  request: RestoreRequest,
  wanted = true,
): Promise<{ preview: RestorePreview; options: RestoreOptions }> {
  const options = await optionsOf(host, open.state, request)
  const { state, holds } = open
  const question = { state, holds, only: request.only, options }
  const preview = wanted ? await previewPastHorizon(host, open, question, request) : { changes: [] }
  return { preview, options }
}
