import type { Command } from 'commander';

/** Example is a command line, and what it does. */
export type Example = readonly [line: string, does: string];

/** `withExamples` adds examples to the end of a command's help: command lines, each with what it does. */
export function withExamples(command: Command, ...examples: readonly Example[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  // Side by side where that fits into help's 80 columns, and into a few less: these lines are not wrapped.
  const beside = examples.every(([, does]) => width + does.length + 6 <= 72);
  const lines = examples.map(([line, does]) => (beside ? `  ${line.padEnd(width)}  # ${does}` : `  # ${does}\n  ${line}`));
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
