import type { CommandContext } from '../../app/context.ts';
import { graphAccess } from '../../app/graph-access.ts';
import { patientGet } from '../../app/patience.ts';
import { usageError } from '../../errors.ts';
import type { ItemAccess } from '../../graph/finding/item-at.ts';
import { readTarget } from '../../graph/target-words.ts';
import { drivePath } from '../../graph/targets.ts';
import { checkSingleDrive, findDrive, type TargetFlags } from './find-target.ts';
import { signedInTokens, type SignIn } from '../signed-in.ts';

/** NamedPlace is where in a drive something is, as named on a command line, and what looking there needs. */
export interface NamedPlace {
  /** The drive, below the Graph version. */
  drive: string;
  /** From the drive's root; none: the root itself. */
  segments: readonly string[];
  access: ItemAccess;
}

/** How long to wait before a path that was not found is looked for again, in milliseconds. */
const LOOK_AGAIN_MS = 1_000;

/**
 * `openPlace` reads a target in one word and a path below it, signs in if needed, and finds the drive. Throws a usage
 * error, before anything is sent, for what cannot be either.
 */
export async function openPlace(context: CommandContext, target: string, path: string | undefined, { redeem = false }: TargetFlags, signIn: SignIn): Promise<NamedPlace> {
  const wanted = checkSingleDrive(context, readTarget([target]));
  const segments = segmentsOf(path ?? '');
  const { signal, surroundings: { clock } } = context;
  const get = graphAccess(context, await signedInTokens(context, signIn));
  const { target: found, below = '' } = await findDrive(context, wanted, { get, signal, redeem });
  return {
    drive: drivePath(found),
    segments: [...segmentsOf(below), ...segments],
    access: { get: patientGet(context, 'look it up', get), signal, pause: () => clock.sleep(LOOK_AGAIN_MS, signal) },
  };
}

/** Names in a drive cannot contain a colon; Git Bash makes one of a leading slash. */
function segmentsOf(path: string): string[] {
  if (/^[A-Za-z]:/.test(path) || path.startsWith('\\\\')) {
    throw usageError(`"${path}" is not a path in a drive, like /Reports/Q3.xlsx.`, 'Git Bash turns arguments that begin with a slash into Windows paths: omit the slash, or set MSYS_NO_PATHCONV=1.');
  }
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw usageError(`"${path}" contains "..": write the path from the drive's root.`);
  if (!path.isWellFormed()) throw usageError('The path is not valid text.');
  return segments;
}
