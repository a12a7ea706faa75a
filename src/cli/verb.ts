import { Command } from '@oclif/core/command'
import type { Config } from '@oclif/core/config'
import type * as Interfaces from '@oclif/core/interfaces'
import type { Fault } from '../model/fault.ts'
import { useConfiguration } from './configuration.ts'
import { setConfiguration } from './current-configuration.ts'
import { tellFault } from './fault-text.ts'
import { commonFlags } from './flags.ts'
import { notePlace } from './hint-place.ts'
import { keepQuiet } from './progress-note.ts'
import { advised, cloudState, forgetRun } from './resume-hint.ts'
import { area, exitWith, print, tell, tolerateClosedPipes } from './terminal.ts'
import { asFault } from './usage-fault.ts'

/** The base of all commands: where the state is, `--json`, and how an error ends. */
export abstract class Verb extends Command {
  static override baseFlags = commonFlags
  /** Whether the command reads `interdict.yaml`; false for one that concerns no state, no cloud and no run. */
  static configured = true

  /** Runs the command with the words after its name. */
  static async start(
    this: new (
      argv: string[],
      config: Config,
    ) => Verb,
    argv: string[],
    config: Config,
  ): Promise<unknown> {
    return await new this(argv, config)._run()
  }

  protected override async init(): Promise<void> {
    tolerateClosedPipes()
    // One process may carry out several commands, and what one of them noted is not the next one's.
    keepQuiet(asksForJson(this.argv))
    forgetRun()
    notePlace({})
    // A responder cannot act on the warnings of libraries; anything that matters comes as a fault.
    if (!process.env['INTERDICT_DEBUG']) process.removeAllListeners('warning')
    await super.init()
  }

  /** No command and no alias is deprecated (tested); oclif loads its help to find out. */
  protected override warnIfCommandDeprecated(): void {}

  /**
   * Standard input is for answers and records: oclif would take a piped line for a missing argument, and wait for one. A flag of
   * gcloud's form is put where gcloud puts it, and the provider looks there.
   */
  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(options?: Interfaces.Input<F, B, A>, argv?: string[]): Promise<Interfaces.ParserOutput<F, B, A>> {
    for (const arg of Object.values(options?.args ?? {})) Object.assign(arg, { ignoreStdin: true })
    const parsed = await super.parse(options, argv)
    const { flags } = parsed
    notePlace(flags)
    const email: unknown = parsed.flags['impersonate-service-account']
    if (typeof email === 'string') process.env['CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT'] = email
    const { config, profile } = parsed.flags
    setConfiguration(undefined)
    if ((this.ctor as typeof Verb).configured) await useConfiguration({ config, profile })
    return parsed
  }

  protected override async catch(error: unknown): Promise<void> {
    const fault = asFault(error, { id: this.id ?? '', flags: this.ctor.flags, base: this.ctor.baseFlags })
    await showFault(fault, this.argv)
    // A call that nobody waits for any more would keep the program until it is given up.
    if (fault.code === 'interrupted') process.exit()
  }

  /** Name and version, for journals. */
  protected get tool(): string {
    return `${this.config.name} ${this.config.version}`
  }
}

/** Says it, on the terminal or as JSON, and sets the exit code. */
export async function showFault(fault: Fault, argv: readonly string[]): Promise<void> {
  const shown = advised(fault)
  area.clear()
  if (asksForJson(argv)) {
    const { errorJson } = await import('../ui/error.ts')
    const { jsonText } = await import('../ui/json.ts')
    await print(jsonText(errorJson(shown)))
  } else {
    await tellFault(shown, cloudState(shown))
  }
  if (process.env['INTERDICT_DEBUG'] && fault.code === 'bug') tell(stackOf(fault.cause ?? fault))
  exitWith(fault.exit)
}

function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  const at = argv.indexOf('--json')
  return at !== -1 && (end === -1 || at < end)
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
