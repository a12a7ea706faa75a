import { beforeEach } from 'vitest'
import { Town } from './town.ts'
import { ToyCloud } from './toy-cloud.ts'

/** Opens a town with an empty toy cloud before each test of the file, and closes it after the test. */
export function eachTown(begin: (town: Town, cloud: ToyCloud) => void): void {
  beforeEach(async () => {
    const town = await Town.open()
    begin(town, new ToyCloud())
    return () => town.close()
  })
}
