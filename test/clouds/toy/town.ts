/** The toy's estate and its service: badges that open doors while they are on. */
export class Town {
  readonly badges = new Map([
    ['mara', true],
    ['odo', true],
  ])
  readonly messages: string[] = []
  /** Operations that were asked for since the start, in their order. */
  readonly calls: string[] = []

  /** Writes so far. */
  get writes(): number {
    return this.calls.filter(call => call === 'badges.set').length
  }

  list(): [name: string, on: boolean][] {
    this.calls.push('badges.list')
    return [...this.badges]
  }

  get(name: string): boolean | undefined {
    this.calls.push('badges.get')
    return this.badges.get(name)
  }

  set(name: string, on: boolean): void {
    this.calls.push('badges.set')
    this.badges.set(name, on)
  }
}
