import { badgeDisable } from './badge-disable.ts'

/** The toy's catalog. */
export const interruptions = [badgeDisable]
