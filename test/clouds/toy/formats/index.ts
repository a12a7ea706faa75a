import { doorLog } from './door-log.ts'

/** The formats of the toy's logs. */
export const formats = [doorLog]
