/** The shells for which there is a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

/** A shell for which there is a script. */
export type Shell = (typeof SHELLS)[number]

/**
 * Returns the script that makes a shell complete the words of `interdict` and `interdict-gate`. It asks the program for each word
 * (`interdict __complete`), so that it stays right when the program changes; where the program has no answer, the shell offers
 * files.
 */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]
}

const BASH = `# bash completion of interdict. To install: interdict completion bash > ~/.local/share/bash-completion/completions/interdict
# and, for interdict-gate: ln -s interdict ~/.local/share/bash-completion/completions/interdict-gate
_interdict() {
  local program="\${COMP_WORDS[0]}" gate=() line
  [[ $program == *interdict-gate ]] && program="\${program%-gate}" gate=(--gate)
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("$program" __complete "\${gate[@]}" "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -o bashdefault -F _interdict interdict interdict-gate
`

const ZSH = `#compdef interdict interdict-gate
# zsh completion of interdict. To install: interdict completion zsh > a folder of $fpath, in a file named _interdict
_interdict() {
  local -a words_found described gate
  local program="\${words[1]}" line
  [[ $program == *interdict-gate ]] && program="\${program%-gate}" gate=(--gate)
  while IFS= read -r line; do
    words_found+=("\${line%%$'\\t'*}")
    described+=("\${line%%$'\\t'*}  -- \${line#*$'\\t'}")
  done < <("$program" __complete "\${gate[@]}" "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#words_found} )); then
    compadd -l -d described -a words_found
  else
    _files
  fi
}
if [ "\${funcstack[1]}" = _interdict ]; then _interdict "$@"; else compdef _interdict interdict interdict-gate; fi
`

const FISH = `# fish completion of interdict. To install: interdict completion fish > ~/.config/fish/completions/interdict.fish
# and, for interdict-gate: ln -s interdict.fish ~/.config/fish/completions/interdict-gate.fish
function __interdict_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l program (string replace -r -- 'interdict-gate$' interdict $words[1])
  set -l gate
  test "$program" = "$words[1]"; or set gate --gate
  $program __complete $gate $words[2..-1] 2>/dev/null
end
complete -c interdict -a '(__interdict_complete)'
complete -c interdict-gate -a '(__interdict_complete)'
`

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
