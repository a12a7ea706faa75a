/** Whether an operation changes something, by AWS's own verbs. */
export function isWrite(operation: string): boolean {
  return !/^(Get|List|Describe|Simulate|Generate)/.test(operation)
}
