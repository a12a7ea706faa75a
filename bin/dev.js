#!/usr/bin/env node
// Runs the TypeScript sources as they are (Node strips the types), without a build.
const { execute } = await import('@oclif/core/execute')
await execute({ dir: import.meta.url, development: true })
