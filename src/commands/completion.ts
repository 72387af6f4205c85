import type { CommandContext } from '../app/context.ts';

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/** `runCompletion` prints the script that makes a shell complete graph-watch's command lines. */
export async function runCompletion(context: CommandContext, shell: Shell): Promise<void> {
  await context.print(SCRIPTS[shell]);
}

// Each script asks the program at every Tab, so it never has to be printed again. None of them evaluates what was
// typed or what is answered: a drive may be called `$(…)`, and shells quote what they insert (for bash the program does).
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# bash completion for graph-watch. In ~/.bashrc: source <(graph-watch completion bash)
_graph_watch() {
  local line kind=
  COMPREPLY=()
  while IFS= read -r line; do
    if [ -z "$kind" ]; then kind=$line; else COMPREPLY+=("$line"); fi
  done < <(command graph-watch __complete bash "$1" "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  # bash 3.2 has no compopt: there, names of files are not completed.
  case $kind in
    files) compopt -o default 2>/dev/null ;;
    folders) compopt -o dirnames 2>/dev/null ;;
  esac
}
complete -F _graph_watch graph-watch
`,
  zsh: `#compdef graph-watch
# zsh completion for graph-watch. In ~/.zshrc, below compinit: source <(graph-watch completion zsh)
_graph_watch() {
  local -a lines values shown
  local line
  lines=("\${(@f)$(command graph-watch __complete zsh "\${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  case $lines[1] in
    files) _files; return ;;
    folders) _files -/; return ;;
  esac
  for line in "\${(@)lines[2,-1]}"; do
    values+=("\${line%%$'\t'*}")
    shown+=("\${line/$'\t'/  -- }")
  done
  compadd -l -d shown -a values
}
if [ "$funcstack[1]" = _graph_watch ]; then _graph_watch "$@"; else compdef _graph_watch graph-watch; fi
`,
  fish: `# fish completion for graph-watch. In ~/.config/fish/config.fish: graph-watch completion fish | source
function __graph_watch_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (command graph-watch __complete fish $words[2..-1] "$current" 2>/dev/null)
    switch "$lines[1]"
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current"
        case words
            printf '%s\n' $lines[2..-1]
    end
end
complete -c graph-watch -f -a '(__graph_watch_complete)'
`,
  powershell: `# PowerShell completion for graph-watch. In $PROFILE: graph-watch completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName graph-watch -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    # The point is taken off again: Windows PowerShell leaves an empty argument out.
    $lines = @(& graph-watch __complete powershell @words ("$wordToComplete" + '.') 2>$null)
    if ($lines.Count -eq 0) { return }
    if ($lines[0] -ne 'words') { return [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete) }
    $lines | Select-Object -Skip 1 | ForEach-Object {
        $value, $about = $_ -split "\`t", 2
        # All of these end a string to PowerShell.
        $text = if ($value -match '^[A-Za-z0-9_.:/=-]+$') { $value } else { "'" + ($value -replace '[\\u0027\\u2018-\\u201b]', '$0$0') + "'" }
        $tip = if ($about) { $about } else { $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $tip)
    }
}
`,
};
