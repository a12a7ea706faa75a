#!/usr/bin/env -S node --max-semi-space-size=2
// The small young generation keeps the peak memory of a very large inventory under 300 MB (npm run bench inventory).
import { enableCompileCache } from 'node:module'

enableCompileCache()
const { execute } = await import('@oclif/core/execute')
await execute({ dir: import.meta.url })
