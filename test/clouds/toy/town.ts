/** The toy's estate: badges that open doors while they are on. */
export class Town {
  readonly badges = new Map([
    ['mara', true],
    ['odo', true],
  ])
  readonly messages: string[] = []
  writes = 0
}
