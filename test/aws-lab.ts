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

/** The variables with which the program signs in to a lab as if it were the cloud: the lab's responder. */
export function signedInTo({
  endpoint,
  responder,
}: Pick<LabOfAws, 'endpoint' | 'responder'>): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey, sessionToken } = responder
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
  }
}
