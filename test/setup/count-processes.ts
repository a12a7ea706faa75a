import diagnostics from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

// Every process that a test starts is a line in a file, which setup/hosts.ts counts at the end.
const folder = process.env['INTERDICT_TEST_HOSTS']
if (folder) diagnostics.subscribe('child_process', () => appendFileSync(join(folder, 'started'), 'process\n'))
