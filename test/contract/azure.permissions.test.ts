import { interruptions } from '../../src/clouds/azure/interruptions/index.ts'
import type { Facet } from '../../src/model/facet.ts'
import { type AzureRange, openAzure } from './azure-range.ts'
import { enriched, SUBJECTS, SUBJECTS_WITHOUT_DENIES, withoutDenies } from './azure-subjects.ts'
import { permissionSuite } from './permissions.ts'

/** The second of the denials that are made is refused, so that the first has to go again. */
async function halfWay(): Promise<AzureRange> {
  const range = await openAzure()
  range.lab.faults.add({
    cloud: 'azure',
    operation: 'Microsoft.Authorization/denyAssignments/write',
    nth: 2,
    trouble: { kind: 'error', code: 'NoRegisteredProviderFound', status: 400 },
  })
  return range
}

permissionSuite({
  cloud: 'Azure',
  interruptions,
  rounds: [
    { open: () => openAzure(enriched), subjects: SUBJECTS },
    { open: () => openAzure(withoutDenies), subjects: SUBJECTS_WITHOUT_DENIES },
    {
      open: halfWay,
      subjects: SUBJECTS_WITHOUT_DENIES.map(each => ({ ...each, names: each.names.slice(0, 1) })),
    },
  ],
  drifted: {
    // Somebody gave the consent again in other words, which is changed in place.
    'azure.service-principal.detach': (before: Facet): Facet =>
      Object.fromEntries(
        Object.keys(before).flatMap(entry => (entry.startsWith('delegated/') ? [[entry, 'openid']] : [])),
      ),
  },
})
