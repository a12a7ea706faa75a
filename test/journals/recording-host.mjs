// Loaded with --import into the program while fixtures are recorded, so that no journal names the machine or its user.
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

os.hostname = () => 'desk'
os.userInfo = () => ({ username: 'mara', uid: 1000, gid: 1000, shell: '/bin/sh', homedir: '/home/mara' })
syncBuiltinESMExports()
