import type { Json } from '../../../model/json.ts'
import type { AzureService } from './hosts.ts'

/** One call of Microsoft Graph, Resource Manager or Key Vault. */
export interface AzureCall {
  service: AzureService
  /** Name of the key vault, where that is the service. */
  vault?: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /**
   * Graph: from the version, e.g. `/v1.0/servicePrincipals/{id}`; ARM: e.g.
   * `/subscriptions/{s}/providers/Microsoft.Authorization/roleAssignments`. Percent-encoded.
   */
  path: string
  /** Not encoded. */
  query?: { [name: string]: string | undefined }
  body?: Json
  headers?: { [name: string]: string }
  /**
   * The name that it is counted by, and the permission that it takes: `METHOD /v1.0/servicePrincipals/{id}` with the names of
   * Graph's permission map, or the ARM action, e.g. `Microsoft.Authorization/roleAssignments/read`.
   */
  operation: string
  /** It changes nothing although it is a POST, or doing it twice is the same as once: repeated when its outcome is unknown. */
  repeatable?: boolean
}
