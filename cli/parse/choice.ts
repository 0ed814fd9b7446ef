import { UsageError } from '../usage-error';

export function oneOf<T extends string>(option: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    const chosen = choices.find((choice) => choice === text);
    if (chosen !== undefined) return chosen;
    throw new UsageError(`${option}: there is no "${text}".`, `Choose one of: ${choices.join(', ')}.`);
  };
}
