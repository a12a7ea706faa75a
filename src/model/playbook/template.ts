/** A new playbook's YAML text, ready to be edited. */
export function newPlaybook(name: string): string {
  return `version: 1\nname: ${name}\n`
}
