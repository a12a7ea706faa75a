import type { Call } from './call.ts'
import { commandOf, shellWords, type Word } from './shell-words.ts'

/**
 * Harnesses with a tool that feeds a running program, and whose hook is not called for it. Codex 0.171.0: `write_stdin`, for a
 * program that `exec_command` was asked to start with a terminal, which its hook does not see either.
 */
const FED: ReadonlySet<Call['harness']> = new Set(['codex'])

/** Programs that do what they are fed, at any place of a pipe: they ask the terminal itself. */
const FROM_TERMINAL = new Set(
  'less more most man info vi vim nvim view nano pico emacs ed ex joe mc top htop btop watch fzf tmux screen byobu script dialog whiptail gdb lldb ssh sftp telnet ftp su sudo passwd login gpg crontab visudo expect'.split(
    ' ',
  ),
)

/** Programs that do what their input says when they are given nothing else. The number is of arguments that make it safe. */
const SHELLS = new Set('sh bash zsh dash ksh mksh fish ash csh tcsh pwsh powershell busybox'.split(' '))
const INTERPRETERS = new Set(
  'python python2 python3 pypy pypy3 ipython node nodejs deno bun ruby irb perl php lua luajit R Rscript julia ghci scala jshell groovy clojure erl iex elixir tclsh wish guile racket sbcl ocaml octave gnuplot bc dc sqlite3 duckdb'.split(
    ' ',
  ),
)
const CLIENTS = new Set(
  'psql mysql mariadb mongo mongosh redis-cli sqlplus cqlsh clickhouse-client snowsql influx nc ncat netcat socat openssl nsenter chroot docker podman kubectl oc lxc machinectl gcloud aws az heroku vault'.split(
    ' ',
  ),
)
/** Programs that pass their input on, or do it. */
const FILTERS = new Set(
  'cat tee xargs parallel head tail sed grep egrep fgrep rg sort uniq cut tr wc nl od xxd base64 patch at batch dd pv read mail sponge make git awk gawk mawk jq yq'.split(
    ' ',
  ),
)

/** Words before a program that start it. */
const STARTERS = new Set(
  'command builtin exec nohup setsid time nice ionice stdbuf unbuffer env timeout doas chrt taskset then do else elif if while until ! {'.split(
    ' ',
  ),
)

/**
 * The program in a call that reads its input, where the harness can feed it without a hook; undefined for none. Input that a script
 * or a build reads cannot be seen in the command that starts it.
 */
export function channelOf(call: Call): string | undefined {
  if (!FED.has(call.harness)) return undefined
  if (call.args['tty'] === true) return 'a terminal'
  if (call.server !== '') return undefined
  const command = commandOf(call)
  if (command === undefined || call.tool === 'apply_patch') return undefined
  for (const { words, first, redirected } of simpleCommands(shellWords(command))) {
    const found = readerOf(words, first && !redirected)
    if (found !== undefined) return found
  }
  return undefined
}

interface Simple {
  words: string[]
  /** Its input is that of the whole line, and not of a pipe. */
  first: boolean
  redirected: boolean
}

function simpleCommands(words: readonly Word[]): Simple[] {
  const all: Simple[] = []
  let current: Simple = { words: [], first: true, redirected: false }
  const end = (first: boolean) => {
    if (current.words.length > 0) all.push(current)
    current = { words: [], first, redirected: false }
  }
  for (let at = 0; at < words.length; at += 1) {
    const { text, operator } = words[at] ?? { text: '', operator: false }
    if (!operator) current.words.push(text)
    else if (text.startsWith('<')) {
      // `< /dev/tty` and `<&0` are the terminal again.
      const target = words[at + 1]?.text ?? ''
      if (!/^(\/dev\/(tty|stdin|fd\/0|pts\/.*)|\/proc\/.*|0|-?)$/.test(target)) current.redirected = true
      at += 1
    } else if (/^(>|&>)/.test(text)) at += 1
    else if (text === '|' || text === '|&') end(false)
    else end(true)
  }
  end(true)
  return all
}

function readerOf(words: readonly string[], fed: boolean): string | undefined {
  let rest = words
  for (;;) {
    const [word] = rest
    if (word === undefined) return undefined
    const name = word.slice(word.lastIndexOf('/') + 1)
    if (/^\w+=/.test(word)) rest = rest.slice(1)
    else if (STARTERS.has(name)) {
      rest = rest.slice(1)
      // Their own flags and numbers: `timeout -k 1 5`, `nice -n 10`, `env -u X`.
      while (rest.length > 1 && /^(-|\d)/.test(rest[0] ?? ''))
        rest = rest.slice(/^(-[uCsfon]|--signal|--unset|--chdir)$/.test(rest[0] ?? '') ? 2 : 1)
    } else break
  }
  const [program = '', ...args] = rest
  const name = program.slice(program.lastIndexOf('/') + 1)
  if (/[$*?]|\w\[/.test(name) && fed) return 'a program whose name is made up'
  if (FROM_TERMINAL.has(name)) return name
  if (!fed) return undefined
  const operands = args.filter(each => !each.startsWith('-') || each === '-')
  const runsText = args.some(each => /^(-\w*[ceE]|-m|--eval|--command|--print)$/.test(each))
  const interactive = args.some(each => /^(-\w*i|--interactive|-s|-)$/.test(each))
  if (SHELLS.has(name)) return interactive || (!runsText && operands.length === 0) ? name : undefined
  if (INTERPRETERS.has(name.replace(/[\d.]+$/, '')) || INTERPRETERS.has(name)) {
    const version = args.some(each => /^(--version|-V|-v|--help|-h)$/.test(each))
    return args.includes('-i') || operands.includes('-') || (!runsText && !version && operands.length === 0)
      ? name
      : undefined
  }
  if (CLIENTS.has(name)) return clientReads(name, args) ? name : undefined
  if (name === 'git') return gitReads(args) ? 'git' : undefined
  if (name === 'make') return args.some(each => /^(-f-?|--file=-)$/.test(each)) ? 'make' : undefined
  if (!FILTERS.has(name)) return undefined
  // A filter with a file to read reads nothing else; `xargs`, `tee`, `read` and the like always do.
  if (/^(xargs|parallel|tee|tr|read|at|batch|mail|sponge|dd|patch)$/.test(name))
    return name === 'dd' && args.some(each => each.startsWith('if=')) ? undefined : name
  const patterns = /^(sed|grep|egrep|fgrep|rg|[gm]?awk|jq|yq)$/.test(name) ? 1 : 0
  if (name === 'rg' || args.some(each => /^-\w*[rR]\w*$/.test(each))) return undefined
  return operands.includes('-') || operands.length <= patterns ? name : undefined
}

function clientReads(name: string, args: readonly string[]): boolean {
  if (name === 'openssl') return args[0] === 's_client' || args.length === 0
  if (/^(docker|podman|kubectl|oc|lxc|machinectl)$/.test(name))
    return (
      args.some(each =>
        /^(-\w*[it]\w*|--interactive|--tty|--stdin|attach|shell|login)(=true)?$/.test(each),
      ) && args.some(each => /^(run|exec|attach|debug|start|shell|login)$/.test(each))
    )
  if (/^(gcloud|aws|az|heroku|vault)$/.test(name))
    return args.some(each => /^(ssh|start-session|execute-command|interactive|shell|-)$/.test(each))
  if (/^(nsenter|chroot)$/.test(name)) return args.filter(each => !each.startsWith('-')).length < 2
  if (/^(nc|ncat|netcat|socat)$/.test(name)) return !args.includes('-z')
  return !args.some(each => /^(-c|-e|-f|-Q|--command|--execute|--file|--eval|--query)/.test(each))
}

/** Git asks, or starts an editor, for these. Codex sets `GIT_PAGER=cat`, so its pager does not read. */
function gitReads(args: readonly string[]): boolean {
  const verb = args.find(each => !each.startsWith('-')) ?? ''
  const has = (pattern: RegExp) => args.some(each => pattern.test(each))
  if (verb === 'commit')
    return !has(/^(-\w*[mFC]|--message|--file|--no-edit|--reuse-message|--dry-run|--fixup)/)
  if (verb === 'rebase') return has(/^(-i|--interactive)$/)
  if (verb === 'add' || verb === 'checkout' || verb === 'reset' || verb === 'restore' || verb === 'stash')
    return has(/^(-p|-i|-e|--patch|--interactive|--edit)$/)
  if (verb === 'tag') return has(/^-\w*[as]/) && !has(/^(-\w*[mF]|--message|--file)/)
  if (verb === 'config') return has(/^(-e|--edit)$/)
  return (
    has(/^(--stdin|--batch\S*|--pathspec-from-file=-|-)$/) ||
    (/^(am|apply|hash-object|mktree|fast-import|shell)$/.test(verb) &&
      args.filter(each => !each.startsWith('-')).length < 2)
  )
}
