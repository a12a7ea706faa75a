import { expect, test } from 'vitest'
import { playbookJsonSchema } from '../../../src/model/playbook/json-schema.ts'

test('editors get every key, with what it means, and no others', () => {
  expect(playbookJsonSchema()).toMatchObject({
    type: 'object',
    additionalProperties: false,
    required: ['version', 'name', 'title', 'scope', 'steps'],
    properties: {
      status: { enum: ['stable', 'test', 'experimental', 'deprecated'] },
      protect: { minItems: 1 },
      steps: { items: { additionalProperties: false, required: ['name', 'select', 'interrupt'] } },
    },
  })
})
