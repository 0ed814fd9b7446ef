import type { Described } from './describe';

/** Characters that zsh's _arguments and _describe read as their own. */
const quoted = (text: string) => text.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, (sign) => `\\${sign}`);

export function zshCompletion(commands: Described[]): string {
  const list = commands.map(({ name, description }) => `    '${name}:${quoted(description)}'`);
  const cases = commands.map(({ name, options }) => {
    const specs = options.map(({ flag, description, takesValue }) => `'${flag}[${quoted(description)}]${takesValue ? ':value:' : ''}'`);
    return `    ${name}) _arguments ${[...specs, "'*:argument:_files'"].join(' ')} ;;`;
  });
  return `#compdef carryon
# Completion of carryon for zsh: carryon completion zsh > "\${fpath[1]}/_carryon"
_carryon() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case "$words[1]" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_carryon" ]; then _carryon "$@"; else compdef _carryon carryon; fi
`;
}
