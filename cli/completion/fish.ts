import type { Described } from './describe';

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export function fishCompletion(commands: Described[]): string {
  const lines = commands.flatMap(({ name, description, options }) => [
    `complete -c carryon -f -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
    ...options.map(({ flag, description: about, takesValue }) => `complete -c carryon -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}${takesValue ? ' -r' : ''} -d ${quoted(about)}`),
  ]);
  return `# Completion of carryon for fish: carryon completion fish > ~/.config/fish/completions/carryon.fish\n${lines.join('\n')}\n`;
}
