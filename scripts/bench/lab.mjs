// The lab in a process of its own, with an estate of the given size; prints where it is, and ends with its parent's pipe.
import { pathToFileURL } from 'node:url'

const [dist, count] = process.argv.slice(2)
const built = path => import(pathToFileURL(`${dist}/${path}`).href)
const [{ startLab }, { awsLab }, { largeEstate }] = await Promise.all([
  built('lab/index.js'),
  built('lab/aws/index.js'),
  built('lab/aws/seed/index.js'),
])
const lab = await startLab({ clouds: [awsLab(() => largeEstate(Number(count), new Date().toISOString()))] })
process.stdout.write(`${JSON.stringify({ endpoint: lab.endpoint, credentials: lab.responders.aws })}\n`)
process.stdin.once('end', () => process.exit(0)).resume()
