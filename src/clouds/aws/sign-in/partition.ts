/** A partition as the SDK's own data has it; the commercial one for a region that the data does not know. */
export interface Partition {
  /** `aws`, `aws-cn`, … */
  name: string
  dnsSuffix: string
  dualStackDnsSuffix: string
}
