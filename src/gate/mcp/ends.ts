/** Where lines go; resolves when there is room for more. */
export interface Ends {
  toServer(line: string): Promise<void>
  toClient(line: string): Promise<void>
}
