import type { AwsClient } from '../client.ts'

/** Numbers of an account by IAM's names: quotas, and how many there are of something. */
export type AccountSummary = Partial<Record<string, number>>

const summaries = new WeakMap<AwsClient, Promise<AccountSummary>>()

/** The summary of the account (IAM API Reference, "GetAccountSummary"), asked for once; empty where it may not be read. */
export async function accountSummary(client: AwsClient): Promise<AccountSummary> {
  const summary = summaries.get(client) ?? read(client)
  summaries.set(client, summary)
  return await summary
}

async function read(client: AwsClient): Promise<AccountSummary> {
  try {
    const { SummaryMap = {} } = await client.iam('GetAccountSummary', {})
    return SummaryMap
  } catch {
    return {}
  }
}
