// The lab in a process of its own, with an estate of the given cloud and size; prints where it is, and ends with its parent's
// pipe.
import { pathToFileURL } from 'node:url'

const [dist, cloud, count, projects, throttle = 'false'] = process.argv.slice(2)
const built = path => import(pathToFileURL(`${dist}/${path}`).href)
const at = new Date().toISOString()
const CLOUDS = {
  async aws() {
    const [{ awsLab }, { largeEstate }] = await Promise.all([
      built('lab/aws/index.js'),
      built('lab/aws/seed/index.js'),
    ])
    return awsLab(() => largeEstate(Number(count), at))
  },
  /** `projects`: roles in each account that nobody means. */
  async members() {
    const [{ awsLab }, { memberEstate }] = await Promise.all([
      built('lab/aws/index.js'),
      built('lab/aws/seed/index.js'),
    ])
    return awsLab(() => memberEstate(at, { accounts: Number(count), others: Number(projects) }))
  },
  async gcp() {
    const [{ gcpLab }, { largeGcp }] = await Promise.all([
      built('lab/gcp/index.js'),
      built('lab/gcp/seed/index.js'),
    ])
    return gcpLab(() => largeGcp(at, Number(count), Number(projects)), { denyQuota: false })
  },
  async azure() {
    const [{ azureLab }, { largeAzure }] = await Promise.all([
      built('lab/azure/index.js'),
      built('lab/azure/seed/index.js'),
    ])
    return azureLab(() => largeAzure(Number(count), at))
  },
}
const { startLab } = await built('lab/index.js')
const lab = await startLab({
  clouds: [await CLOUDS[cloud]()],
  throttle: JSON.parse(throttle),
  ...(cloud === 'members' ? { propagationMs: 0 } : {}),
})
process.stdout.write(
  `${JSON.stringify({ endpoint: lab.endpoint, credentials: Object.values(lab.responders)[0] })}\n`,
)
process.stdin.once('end', () => process.exit(0)).resume()
