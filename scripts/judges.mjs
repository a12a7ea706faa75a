// Installs what `npm run test:moto`, `npm run test:specs` and `npm run test:harnesses` need, so that they find it there.
import { ready as azurite } from './azurite.mjs'
import { ready as harnesses } from './harnesses-install.mjs'
import { ready as python } from './venv.mjs'

python()
azurite()
harnesses()
