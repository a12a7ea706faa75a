/** Whether every point is tried, in place of some: `npm run test:all`, and CI. Points are chosen the same way in each run. */
export const isWhole = process.env['INTERDICT_TESTS'] === 'all'
