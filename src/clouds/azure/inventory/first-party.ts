/**
 * Tenants that Microsoft's own applications are registered in, in every cloud:
 *
 * - Microsoft Services, and Microsoft (Microsoft Learn, "Verify first-party Microsoft applications in sign-in reports")
 * - Torus (merill/microsoft-info, which lists Microsoft's applications by these three)
 * - AME and PME, by which Azure's services sign in (Key Vault's error AKV10032 names them among its issuers; azure-sdk-for-net)
 * - of US Government, and of China (microsoft/CSS-Exchange; Microsoft Learn, "Bot Framework authentication", Azure China)
 *
 * Not in the list: 47df5bb7-e6bc-4256-afb0-dd8c8e3c1ce8, which owns the application gallery's entries of other vendors too, and
 * 9188040d-6c67-4c5b-b112-36a304b66dad, that of personal accounts.
 */
export const MICROSOFT_TENANTS: readonly string[] = [
  'f8cdef31-a31e-4b4a-93e4-5f571e91255a',
  '72f988bf-86f1-41af-91ab-2d7cd011db47',
  'cdc5aeea-15c5-4db6-b079-fcadd2505dc2',
  '33e01921-4d64-4f8c-a055-5bdaffd5e33d',
  '975f013f-7f24-47e8-a7d3-abc4752bf346',
  'cab8a31a-1906-4287-a0d8-4eef66b95f6e',
  'a55a4d5b-9241-49b1-b4ff-befa8db00269',
]

const MICROSOFT = new Set(MICROSOFT_TENANTS)

/** Whether an application is Microsoft's own, by the tenant that owns it. GUIDs are the same in any case. */
export function isFirstParty(ownerTenant: string | null | undefined): boolean {
  return MICROSOFT.has(ownerTenant?.toLowerCase() ?? '')
}
