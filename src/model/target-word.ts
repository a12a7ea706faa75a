import type { Target } from './plan.ts'

/** Where a run was made: the lab, an emulator on this machine, some other endpoint than the cloud's own, or the clouds. */
export type TargetWord = 'lab' | 'emulator' | 'endpoint' | 'live'

/** Returns one word for a target. An endpoint on a loopback address is an emulator's, for a cloud has none there. */
export function targetWord({ kind, at }: Target): TargetWord {
  if (kind === 'lab') return 'lab'
  if (at === '') return 'live'
  return isLoopback(at) ? 'emulator' : 'endpoint'
}

/** Whether a URL, or `host:port`, is of this machine itself. */
export function isLoopback(endpoint: string): boolean {
  const host = hostOf(endpoint)
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function hostOf(endpoint: string): string {
  const url = URL.parse(endpoint)
  // `localhost:4566` is a URL whose scheme is `localhost`.
  return (url?.hostname || URL.parse(`http://${endpoint}`)?.hostname || '').toLowerCase()
}
