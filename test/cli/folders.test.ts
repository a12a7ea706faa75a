import { expect, it } from 'vitest'
import { foldersOf } from '../../src/cli/folders.ts'

it.each([
  's3://bucket/prefix',
  'gs://bucket',
  'https://account.blob.core.windows.net/container',
  'postgres://host/db',
])('refuses %s as the folder of the runs', url => {
  expect(() => foldersOf({ state: url })).toThrow(expect.objectContaining({ code: 'usage' }))
})

it('takes a folder with a colon in its name', () => {
  expect(foldersOf({ state: '/tmp/s3:/bucket' }).state).toBe('/tmp/s3:/bucket')
})
