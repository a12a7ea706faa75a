import { string } from '@oclif/core/args'
import { boolean, string as text } from '@oclif/core/flags'
import { all } from '../cli/flags.ts'
import { Verb } from '../cli/verb.ts'

export default class Status extends Verb {
  static override summary = 'Show all runs, or one: what is held, proven, drifted, and due. Asks no cloud.'
  static override description =
    'Everything comes from the journals. `interdict verify` reads the clouds again.'
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --due',
    '<%= config.bin %> status --identity user/ci-deploy',
    '<%= config.bin %> status 7f3k2m --json',
  ]
  static override args = { run: string({ description: 'id of a run, or the beginning of it' }) }
  static override flags = {
    all,
    identity: text({
      summary: 'the open runs that hold this identity: kind/name, name, id, ARN or e-mail',
      helpValue: 'IDENTITY',
      exclusive: ['due'],
    }),
    lab: boolean({ summary: 'only runs of the lab' }),
    due: boolean({
      summary: 'only what is to be done, by when, with the command: reviews and second restores',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Status)
    const { showDue, showRun, showRuns } = await import('../cli/status.ts')
    const chosen = await this.#chosen(args.run, flags)
    const [run] = chosen ?? []
    if (flags.due) await showDue(flags, run)
    else if (run === undefined || chosen?.length !== 1) await showRuns(flags, chosen)
    else await showRun(run, flags)
  }

  /** The runs that are named; undefined for all of them. */
  async #chosen(
    given: string | undefined,
    flags: { identity?: string | undefined; state?: string | undefined; config?: string | undefined },
  ): Promise<string[] | undefined> {
    const { identity } = flags
    if (given === undefined && identity === undefined) return undefined
    const { refuseBoth, runNamed, runsHolding } = await import('../cli/run-choice.ts')
    refuseBoth(given, identity)
    if (identity !== undefined) return await runsHolding(identity, flags)
    return given === undefined ? undefined : [await runNamed(given, flags)]
  }
}
