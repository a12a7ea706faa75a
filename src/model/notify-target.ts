/** Where a secret stands: in an environment variable, or in a file that only its owner can read. Never the secret itself. */
export type SecretReference = { env: string } | { file: string }

/** Somebody to notify, as the configuration names them. */
export type NotifyTarget =
  /** Posts signed JSON; `secret` is the key to sign with, INTERDICT_WEBHOOK_SECRET when absent. */
  | { webhook: SecretReference; secret?: SecretReference | undefined }
  | { slack: SecretReference }
  /** A program, or a program with its arguments; started without a shell. */
  | { command: string | readonly string[] }
