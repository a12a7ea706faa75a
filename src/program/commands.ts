import type { Command } from '@oclif/core/command'
import type { Config } from '@oclif/core/config'

/** The class of a command, and how it is run with the words after its name. */
export interface CommandClass extends Command.Class {
  /** Runs the command with the words after its name. */
  start(argv: string[], config: Config): Promise<unknown>
}

type Load = () => Promise<{ default: CommandClass }>

/** Every command by its id (words joined by `:`); each is loaded when it is run. A test compares the list with the folder. */
export const COMMANDS: { readonly [id: string]: Load } = {
  approve: () => import('../commands/approve.ts'),
  catalog: () => import('../commands/catalog.ts'),
  completion: () => import('../commands/completion.ts'),
  contain: () => import('../commands/contain.ts'),
  doctor: () => import('../commands/doctor.ts'),
  due: () => import('../commands/due.ts'),
  drill: () => import('../commands/drill.ts'),
  extend: () => import('../commands/extend.ts'),
  'gate:doctor': () => import('../commands/gate/doctor.ts'),
  'gate:install': () => import('../commands/gate/install.ts'),
  'gate:policy': () => import('../commands/gate/policy.ts'),
  'gate:uninstall': () => import('../commands/gate/uninstall.ts'),
  guard: () => import('../commands/guard.ts'),
  inventory: () => import('../commands/inventory.ts'),
  'lab:reset': () => import('../commands/lab/reset.ts'),
  'lab:start': () => import('../commands/lab/start.ts'),
  permissions: () => import('../commands/permissions.ts'),
  plan: () => import('../commands/plan.ts'),
  'playbook:explain': () => import('../commands/playbook/explain.ts'),
  'playbook:list': () => import('../commands/playbook/list.ts'),
  'playbook:new': () => import('../commands/playbook/new.ts'),
  'playbook:show': () => import('../commands/playbook/show.ts'),
  'playbook:test': () => import('../commands/playbook/test.ts'),
  'playbook:validate': () => import('../commands/playbook/validate.ts'),
  proposals: () => import('../commands/proposals.ts'),
  restore: () => import('../commands/restore.ts'),
  resume: () => import('../commands/resume.ts'),
  rotate: () => import('../commands/rotate.ts'),
  status: () => import('../commands/status.ts'),
  tidy: () => import('../commands/tidy.ts'),
  verify: () => import('../commands/verify.ts'),
  watch: () => import('../commands/watch.ts'),
}
