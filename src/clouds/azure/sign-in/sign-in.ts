/** Ways to sign in, by what `scope.azure.credential` calls them. */
export const SIGN_INS = ['default', 'environment', 'workload-identity', 'managed-identity', 'cli'] as const

export interface SignIn {
  credential: (typeof SIGN_INS)[number]
  /** Undefined: the one of the environment, or the CLI's. */
  tenant?: string
  /** Of the managed identity or the workload identity, where there are several. */
  clientId?: string
  authority: string
  /** Not one of Microsoft's: it is believed without asking Microsoft about it. */
  private: boolean
}
