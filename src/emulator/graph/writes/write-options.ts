import type { Author } from '../../drive/item.ts';
import type { Item } from '../../drive/item.ts';
import { isValidName } from '../../drive/names.ts';
import { errnoOf } from '../../errno.ts';
import type { Grant } from '../../sign-in/tokens.ts';
import type { Drive } from '../directory/directory.ts';
import { accessDenied, GraphError, invalidRequest, itemNotFound, nameAlreadyExists } from '../errors.ts';
import { cTag, eTag } from '../items/item-json.ts';
import type { GraphRequest, Json } from '../request.ts';

/** What happens if the name is taken. */
export type Conflict = 'fail' | 'replace' | 'rename';

const CONFLICT = '@microsoft.graph.conflictBehavior';
/** The older spelling in query strings. */
const NAME_CONFLICT = '@name.conflictBehavior';

export function conflictOf(request: GraphRequest, body: Json, otherwise: Conflict): Conflict {
  const given = body[CONFLICT] ?? body[NAME_CONFLICT] ?? request.query.get(CONFLICT) ?? request.query.get(NAME_CONFLICT) ?? otherwise;
  if (given !== 'fail' && given !== 'replace' && given !== 'rename') throw invalidRequest(`The value of '${CONFLICT}' must be fail, replace or rename.`);
  return given;
}

/** Refuses properties that the request cannot set, by name: ignoring them would suggest that they were set. */
export function refuseOthers(body: Json, known: readonly string[]): void {
  const other = Object.keys(body).find((name) => !known.includes(name) && !name.startsWith('@odata.') && name !== CONFLICT && name !== NAME_CONFLICT);
  if (other !== undefined) throw invalidRequest(`The property '${other}' cannot be set by this request.`);
}

export function nameIn(body: Json): string | undefined {
  const { name } = body;
  if (name === undefined) return undefined;
  if (typeof name !== 'string') throw invalidRequest("The property 'name' must be a string.");
  return checkedName(name);
}

export function checkedName(name: string): string {
  if (!isValidName(name)) throw invalidRequest('The provided name cannot contain any of the characters " * : < > ? / \\ |, and may not be reserved.');
  return name;
}

/** The times of `fileSystemInfo`, in milliseconds. */
export interface GivenTimes {
  createdMs: number | undefined;
  modifiedMs: number | undefined;
}

export function timesIn(body: Json): GivenTimes {
  const { fileSystemInfo: info = {} } = body;
  if (typeof info !== 'object' || info === null) throw invalidRequest("The property 'fileSystemInfo' must be an object.");
  const { createdDateTime, lastModifiedDateTime } = info as Json;
  return { createdMs: msOf(createdDateTime), modifiedMs: msOf(lastModifiedDateTime) };
}

function msOf(time: unknown): number | undefined {
  if (time === undefined || time === null) return undefined;
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(ms)) throw invalidRequest(`Invalid date and time: ${JSON.stringify(time)}`);
  return ms;
}

/** Throws Graph's 412 if `If-Match` names another state of the item, or `If-None-Match: *` and it exists. */
export function checkPreconditions(request: Pick<GraphRequest, 'header'>, drive: Drive, item: Item | undefined): void {
  const wanted = request.header('if-match');
  const tags = item === undefined ? [] : [eTag(item, drive), cTag(item, drive)];
  const matches = wanted === undefined || (item !== undefined && wanted.split(/,\s*(?="|a|W|\*)/).some((tag) => tag === '*' || tags.includes(tag.replace(/^W\//, ''))));
  if (!matches || (request.header('if-none-match') === '*' && item !== undefined)) {
    throw new GraphError(412, 'resourceModified', 'ETag does not match current item’s value');
  }
}

/** The author of a change that comes through Graph. */
export function authorOf({ user, clientId }: Grant): Author {
  const application = { id: clientId, displayName: APPLICATIONS[clientId] ?? clientId };
  if (user === undefined) return { application };
  return { user: { id: user.id, displayName: user.displayName, email: user.userPrincipalName }, application };
}

const APPLICATIONS: Readonly<Record<string, string>> = { '14d82eec-204b-4c2f-b7e8-296a70dab67e': 'Microsoft Graph Command Line Tools' };

/** Runs work on files, and turns the file system's refusals into Graph's errors. */
export async function asGraph<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw REFUSALS[errnoOf(error) ?? '']?.() ?? error;
  }
}

const REFUSALS: Readonly<Record<string, () => GraphError>> = {
  ENOENT: itemNotFound,
  ENOTDIR: itemNotFound,
  ELOOP: itemNotFound,
  EEXIST: nameAlreadyExists,
  ENOTEMPTY: nameAlreadyExists,
  ERR_FS_CP_EEXIST: nameAlreadyExists,
  EACCES: accessDenied,
  EPERM: accessDenied,
  EROFS: accessDenied,
  ENAMETOOLONG: () => invalidRequest('The path is too long.'),
  ENOSPC: () => new GraphError(507, 'quotaLimitReached', 'The disk is full.'),
};
