import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import type { Recording } from '../recording.ts'

const ACCOUNT = '111122223333'

/** Somebody else who works in the account of AWS while a fixture is recorded. */
export class Colleague {
  readonly #iam: IAMClient

  constructor({ lab }: Recording) {
    const credentials = lab.responders['aws'] as { accessKeyId: string; secretAccessKey: string }
    this.#iam = new IAMClient({ endpoint: lab.endpoint, region: 'eu-west-1', credentials })
  }

  async key(user: string): Promise<void> {
    await this.#iam.send(new CreateAccessKeyCommand({ UserName: user }))
  }

  async user(name: string): Promise<void> {
    await this.#iam.send(new CreateUserCommand({ UserName: name }))
  }

  /** Writes an inline policy of a user; `size` in characters. */
  async inline(user: string, policy: string, size = 0): Promise<void> {
    const text = {
      Version: '2012-10-17',
      Statement: [{ Sid: 'x'.repeat(size), Effect: 'Deny', Action: 's3:*', Resource: '*' }],
    }
    await this.#iam.send(
      new PutUserPolicyCommand({ UserName: user, PolicyName: policy, PolicyDocument: JSON.stringify(text) }),
    )
  }

  async deleteInline(user: string, policy: string): Promise<void> {
    await this.#iam.send(new DeleteUserPolicyCommand({ UserName: user, PolicyName: policy }))
  }

  /** Makes a policy and attaches it to users. */
  async attachNew(policy: string, ...users: string[]): Promise<void> {
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    })
    await this.#iam.send(new CreatePolicyCommand({ PolicyName: policy, PolicyDocument }))
    for (const UserName of users) {
      await this.#iam.send(
        new AttachUserPolicyCommand({ UserName, PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/${policy}` }),
      )
    }
  }

  async deletePolicy(policy: string): Promise<void> {
    await this.#iam.send(new DeletePolicyCommand({ PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/${policy}` }))
  }

  leave(): void {
    this.#iam.destroy()
  }
}
