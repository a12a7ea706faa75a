/** Whether a value of `--state` is a URL (`s3://bucket/prefix`) and not a folder. */
export function isStoreUrl(state: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(state)
}
