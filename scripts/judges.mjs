// Installs what `npm run test:moto` and `npm run test:specs` need, so that they find it there.
import { ready as azurite } from './azurite.mjs'
import { ready as python } from './venv.mjs'

python()
azurite()
