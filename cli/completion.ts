/** `itemwise completion`: the few lines that a shell needs to ask this program what may come next. */
import { RequestRefused } from '../core/errors.ts'
import { jsonText } from '../core/text/json.ts'
import type { Terminal } from './terminal.ts'

/** The word with which a shell asks. It stands in no help: people do not type it. */
export const askingWord = '__complete'

// Each hands over the words up to the one that is being typed, and takes a line for each word that may stand there. Without any, the
// shell offers files.
const scripts: Readonly<Record<string, string>> = {
  bash: `# For ~/.bashrc: eval "$(itemwise completion bash)"
_itemwise() {
  local IFS=$'\\n' line
  COMPREPLY=()
  while read -r line; do
    COMPREPLY+=("$(printf '%q' "$line")")
  done < <(itemwise ${askingWord} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
}
complete -o default -F _itemwise itemwise
`,
  zsh: `# For ~/.zshrc, after compinit: eval "$(itemwise completion zsh)"
_itemwise() {
  local -a found
  found=("\${(@f)$(itemwise ${askingWord} "\${(@Q)words[2,CURRENT]}" 2> /dev/null)}")
  if [[ -n "\${found[1]}" ]]; then
    compadd -a found
  else
    _files
  fi
}
compdef _itemwise itemwise
`,
  fish: `# For ~/.config/fish/config.fish: itemwise completion fish | source
function __itemwise
  set -l typed (commandline -opc) (commandline -ct)
  set -l found (itemwise ${askingWord} $typed[2..-1] 2> /dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c itemwise -f -a '(__itemwise)'
`,
}

/** Prints the lines for a shell. Throws RequestRefused for another shell. */
export async function completion([shell]: [string], { json }: { json?: boolean }, terminal: Terminal): Promise<number> {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined
  if (script === undefined)
    throw new RequestRefused([`There is no completion for ${shell}. Expected ${Object.keys(scripts).join(', ')}.`])
  terminal.out(json ? `${jsonText({ shell, script }, 2)}\n` : script)
  return 0
}

/** The shells that there is completion for. */
export const shells = Object.keys(scripts)
