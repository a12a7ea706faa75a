/** How JSON of some other make is read; made by `parseMappings`. */
export interface Mapping {
  name: string
}

/** Reads a mapping file (YAML); throws a Fault `invalid-input` with the place of what is wrong. */
export function parseMappings(_source: string, _file: string): Mapping[] {
  throw new Error('not there yet')
}
