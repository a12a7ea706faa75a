/**
 * One spelling for each identity that a policy's member may stand for, as Google compares them: `principal://`,
 * `principalSet://` and `principalHierarchy://` by every letter, as their subjects are case-sensitive; addresses and
 * domains without regard to case (IAM documentation, "Principal identifiers"; Terraform's Google provider compares so
 * too). The part in brackets (`serviceAccount:pool.svc.id.goog[namespace/account]`) and an id after `?uid=` is kept.
 */
export function memberKey(member: string): string {
  const [, type = '', address = '', rest = ''] =
    /^((?:deleted:)?(?:user|serviceAccount|group|domain):)([^[?]*)(.*)$/s.exec(member) ?? []
  return type === '' ? member : `${type}${address.toLowerCase()}${rest}`
}

/** Whether two members of policies are the same identity. */
export function sameMember(a: string, b: string): boolean {
  return memberKey(a) === memberKey(b)
}
