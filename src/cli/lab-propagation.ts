import { labClouds } from '../lab/clouds.ts'
import { parseDuration } from '../model/duration.ts'
import { Fault } from '../model/fault.ts'

/**
 * The longest that a cloud documents, in seconds: a Microsoft Graph token without continuous access evaluation carries
 * its roles for 60 to 90 minutes (Microsoft identity platform, "Access tokens", lifetime).
 */
const LONGEST = 90 * 60

/**
 * Milliseconds of propagation from `4s`, for all clouds, or `aws=4s,gcp=2m,azure=10m`, for those named.
 * @throws Fault `usage` for an unknown cloud, a cloud given twice, or not a duration of at most 90 minutes
 */
export function parsePropagation(
  text: string,
  clouds: readonly string[],
): number | { [cloud: string]: number } {
  if (!text.includes('=')) return milliseconds(text, text)
  const byCloud: { [cloud: string]: number } = {}
  for (const part of text.split(',')) {
    const [cloud = '', duration, ...rest] = part.split('=')
    if (!clouds.includes(cloud) || duration === undefined || rest.length > 0) {
      throw refusal(`${JSON.stringify(part)} is not the propagation of a cloud (${clouds.join(', ')})`)
    }
    if (Object.hasOwn(byCloud, cloud)) throw refusal(`the propagation of ${cloud} is given twice`)
    byCloud[cloud] = milliseconds(duration, part)
  }
  return byCloud
}

/** The same for the clouds of the lab. */
export const labPropagation = (text: string) => parsePropagation(text, labClouds)

function milliseconds(duration: string, part: string): number {
  const seconds = parseDuration(duration)
  if (seconds === undefined)
    throw refusal(`${JSON.stringify(part)} is not a valid duration (use 4s, 2m, 10m)`)
  if (seconds > LONGEST) throw refusal(`${JSON.stringify(part)} is longer than any cloud takes (90m)`)
  return seconds * 1000
}

function refusal(message: string): Fault {
  return new Fault('usage', message, {
    where: '--propagation',
    next: 'interdict lab start --propagation aws=4s,gcp=2m,azure=10m',
  })
}
