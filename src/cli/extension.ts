import { extendRun as extend } from '../toolkit/extend.ts'
import { jsonText, runDetailJson } from '../ui/json.ts'
import { clockTime, untilText } from '../ui/page.ts'
import { hosted } from './host.ts'
import { type RunFlags, runRequest } from './run-flags.ts'
import { print } from './terminal.ts'

/** `extend`: puts the review of a run off. */
export async function extendRun(
  run: string,
  flags: RunFlags & { by: number; reason: string },
): Promise<void> {
  const { by, reason } = flags
  const { state, before, now } = await hosted(flags, host =>
    extend(host, run, { ...runRequest(flags), by, reason }),
  )
  await print(
    flags.json
      ? jsonText(runDetailJson(state, now))
      : `review of ${run} by ${clockTime(state.due, now)} (${untilText(state.due, now)}); before: ${clockTime(before, now)}\n`,
  )
}
