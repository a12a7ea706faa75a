/** The flags of `interdict-gate`, each with a value. */
export const GATE_FLAGS: readonly string[] = [
  'harness',
  'agent',
  'policy',
  'policy-engine',
  'policy-engine-ca',
  'policy-engine-token',
  'server',
  'state',
  'config',
  'accept',
]

/** The commands of `interdict-gate`. */
export const GATE_VERBS: readonly string[] = [
  'hook',
  'mcp',
  'check',
  'compile',
  'log',
  'sessions',
  'pins',
  'help',
  'version',
]
