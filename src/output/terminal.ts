import type { Output, Surroundings } from '../surroundings.ts';

/**
 * `isInteractive` returns whether somebody is looking at a terminal that can be drawn on: both streams are terminals, since a
 * program that reads stdout (`watch me | jq`) prints on the same screen; the cursor can move; and it is not CI, which keeps every frame.
 */
export function isInteractive({ stdout, stderr, env }: Pick<Surroundings, 'stdout' | 'stderr' | 'env'>): boolean {
  return stdout.isTTY === true && stderr.isTTY === true && env.TERM !== 'dumb' && !inCi(env.CI);
}

function inCi(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value.trim().toLowerCase());
}

/** `roomOn` returns how many columns a line may take on a terminal; `undefined` if it is not one, or does not know its width. */
export function roomOn(stream: Output): number | undefined {
  if (stream.isTTY !== true || stream.columns === undefined || stream.columns <= 0) return undefined;
  // The last column stays free: some terminals begin a new line once it is used.
  return stream.columns - 1;
}
