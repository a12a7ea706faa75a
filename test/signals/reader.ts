import { clouds, recordReader } from '../../src/clouds/index.ts'

/** Reads the records of all clouds, as the program does. */
export const reader = await recordReader(clouds)
export const signalsOf = reader.signalsOf.bind(reader)
export const grantsIn = reader.grantsIn.bind(reader)

/** The queues of all clouds. */
export const queues = clouds.flatMap(each => each.queues ?? [])
