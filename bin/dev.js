#!/usr/bin/env node
// Runs the TypeScript sources as they are (Node strips the types), without a build.
const { execute } = await import('@oclif/core/execute')
const { plainWords } = await import('../src/program/words.ts')
await execute({ args: plainWords(process.argv.slice(2)), dir: import.meta.url, development: true })
