import { parseArgs } from 'node:util';

export interface DemoArguments {
  hops: number;
  keep: boolean;
}

/** scripts/demo.sh has checked them already. */
export function demoArguments(argv: string[]): DemoArguments {
  const { values } = parseArgs({ args: argv, options: { hops: { type: 'string', default: '3' }, keep: { type: 'boolean', default: false } } });
  return { hops: Number(values.hops), keep: values.keep };
}
