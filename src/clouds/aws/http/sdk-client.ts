import type { Middleware } from './middleware.ts'

/** The parts of a client of the SDK that we use, for any service. */
export type AnyClient = {
  send(command: unknown): Promise<unknown>
  destroy(): void
  config: {
    endpointProvider(of: { Region: string; UseDualStack: boolean; UseFIPS: boolean }): {
      properties?: { authSchemes?: { signingRegion?: string }[] }
    }
  }
  middlewareStack: {
    add(
      middleware: Middleware,
      options: { step: 'finalizeRequest' | 'deserialize'; priority?: 'low'; name: string },
    ): void
  }
}
