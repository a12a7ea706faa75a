/** The shells for which there is a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

/** A shell for which there is a script. */
export type Shell = (typeof SHELLS)[number]

/**
 * Returns the script that makes a shell complete the words of `interdict`. It asks the program for each word
 * (`interdict __complete`), so that it stays right when the program changes; where the program has no answer, the shell offers
 * files.
 */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]
}

const BASH = `# bash completion of interdict. To install: interdict completion bash > ~/.local/share/bash-completion/completions/interdict
_interdict() {
  local current="\${COMP_WORDS[COMP_CWORD]}" line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -o bashdefault -F _interdict interdict
`

const ZSH = `#compdef interdict
# zsh completion of interdict. To install: interdict completion zsh > a folder of $fpath, in a file named _interdict
_interdict() {
  local -a words_found described
  local line
  while IFS= read -r line; do
    words_found+=("\${line%%$'\\t'*}")
    described+=("\${line%%$'\\t'*}  -- \${line#*$'\\t'}")
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#words_found} )); then
    compadd -l -d described -a words_found
  else
    _files
  fi
}
if [ "\${funcstack[1]}" = _interdict ]; then _interdict "$@"; else compdef _interdict interdict; fi
`

const FISH = `# fish completion of interdict. To install: interdict completion fish > ~/.config/fish/completions/interdict.fish
function __interdict_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete $words[2..-1] 2>/dev/null
end
complete -c interdict -a '(__interdict_complete)'
`

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
