import { type AwsLab, awsLab, type Estate, type Responder } from '../src/lab/aws/index.ts'
import { type Lab, type LabOptions, type Plain, startLab } from '../src/lab/index.ts'

/** A lab of AWS alone, with its estate in AWS's own shape. */
export interface LabOfAws extends Omit<Lab, 'snapshot'> {
  readonly responder: Responder
  estate(): Estate
  snapshot(): Plain
}

export type AwsLabOptions = Omit<LabOptions, 'clouds'> & { estate: Estate | (() => Estate) }

export async function startAwsLab({ estate, ...options }: AwsLabOptions): Promise<LabOfAws> {
  const aws: AwsLab = awsLab(typeof estate === 'function' ? estate : () => estate)
  const lab = await startLab({ ...options, clouds: [aws] })
  return Object.defineProperties({ ...lab, estate: aws.estate, snapshot: aws.snapshot } as LabOfAws, {
    responder: { get: () => aws.responder },
    responders: { get: () => lab.responders },
  })
}
