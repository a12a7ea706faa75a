import { Command } from '@oclif/core/command'
import type { Config } from '@oclif/core/config'
import type * as Interfaces from '@oclif/core/interfaces'
import { Fault, toFault } from '../model/fault.ts'
import { tellFault } from './fault-text.ts'
import { commonFlags } from './flags.ts'
import { keepQuiet } from './progress-note.ts'
import { advised, forgetRun } from './resume-hint.ts'
import { area, exitWith, print, tell, tolerateClosedPipes } from './terminal.ts'

/** The base of all commands: where the state is, `--json`, and how an error ends. */
export abstract class Verb extends Command {
  static override baseFlags = commonFlags

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
    // A responder cannot act on the warnings of libraries; anything that matters comes as a fault.
    if (!process.env['INTERDICT_DEBUG']) process.removeAllListeners('warning')
    await super.init()
  }

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
    const email: unknown = parsed.flags['impersonate-service-account']
    if (typeof email === 'string') process.env['CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT'] = email
    return parsed
  }

  protected override async catch(error: unknown): Promise<void> {
    const fault = asFault(error, this.id)
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
    await tellFault(shown)
  }
  if (process.env['INTERDICT_DEBUG'] && fault.code === 'bug') tell(stackOf(fault.cause ?? fault))
  exitWith(fault.exit)
}

/** Turns an error of the command line's parser into wrong usage, and an aborted prompt into an interrupt. */
function asFault(error: unknown, id: string | undefined): Fault {
  if (error instanceof Fault) return error
  if (error instanceof Error && 'oclif' in error) {
    const message = error.message.replace(/\s*(?:Note: --[\s\S]*)?See more help with --help\s*$/, '')
    return new Fault('usage', withoutSecrets(message), {
      next: `interdict ${(id ?? '').replaceAll(':', ' ')} --help`.replace('  ', ' '),
    })
  }
  if (error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')) {
    return new Fault('interrupted', 'interrupted; nothing more was changed')
  }
  return toFault(error)
}

/** The parser repeats what it does not understand: the value of a misspelt flag and the path of a URL may be secrets. */
function withoutSecrets(message: string): string {
  return message
    .replace(/(--[\w-]+)=\S+/g, '$1')
    .replace(/\b(https?:\/\/)(?:[^\s/@]*@)?([\w.:-]+)[^\s"']*/g, '$1$2/…')
}

function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  const at = argv.indexOf('--json')
  return at !== -1 && (end === -1 || at < end)
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
