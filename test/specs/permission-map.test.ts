import { expect, test } from 'vitest'
import { declarationProblem, readPermissionMap } from './permission-map.ts'

const set = (schemeKeys: string[], methods: string[], paths: Record<string, string>) => ({
  schemeKeys,
  methods,
  paths,
})
const MAP = readPermissionMap(
  JSON.stringify({
    permissions: {
      'Zoo.Read.All': {
        pathSets: [
          set(['DelegatedWork', 'Application'], ['GET'], {
            '/animals/{id}': 'least=DelegatedWork,Application',
          }),
        ],
      },
      'Zoo.ReadWrite.All': {
        pathSets: [
          set(['DelegatedWork', 'Application'], ['GET', 'PATCH'], { '/animals/{id}': 'least=DelegatedWork' }),
        ],
      },
      'Zoo.ReadWrite.OwnedBy': {
        pathSets: [set(['Application'], ['PATCH'], { '/animals/{animal-id}': 'least=Application' })],
      },
      'World.ReadWrite.All': { pathSets: [set(['Application'], ['GET', 'PATCH'], { '/animals/{id}': '' })] },
      'People.Only': { pathSets: [set(['DelegatedWork'], ['GET'], { '/animals': 'least=DelegatedWork' })] },
    },
  }),
)

test.each([
  ['GET /animals/{id}', 'Zoo.Read.All', undefined],
  ['GET /Animals/{id}', 'Zoo.Read.All', undefined],
  ['PATCH /animals/{id}', 'Zoo.ReadWrite.All', undefined],
  [
    'GET /animals/{id}',
    'World.ReadWrite.All',
    'GET /animals/{id}: World.ReadWrite.All is more than Zoo.Read.All',
  ],
  [
    'PATCH /animals/{id}',
    'World.ReadWrite.All',
    'PATCH /animals/{id}: World.ReadWrite.All is more than Zoo.ReadWrite.All',
  ],
  [
    'PATCH /animals/{id}',
    'Zoo.Read.All',
    'PATCH /animals/{id}: Zoo.Read.All does not allow it; Zoo.ReadWrite.All, Zoo.ReadWrite.OwnedBy, World.ReadWrite.All would',
  ],
  ['GET /animals', 'People.Only', 'GET /animals: the map has no such request'],
])('%s with %s', (operation, declared, problem) => {
  expect(declarationProblem(MAP, operation, declared)).toBe(problem)
})
