import { readFileSync } from 'node:fs';
import { messageOf } from '../../errno.ts';
import { DEFAULT_COMPANY } from './company.ts';
import type { Company, CompanyChannel, CompanyGroup, CompanySite, CompanyUser } from './company.ts';

/** A directory file that cannot be read, or what is wrong in it. */
export class DirectoryFileError extends Error {
  override readonly name = 'DirectoryFileError';
}

type Json = Readonly<Record<string, unknown>>;

const NAME = /^[^\p{Cc}"*:<>?/\\|]{1,120}$/u;
const USER = /^[\w.+-]{1,64}@[a-z0-9.-]{1,190}$/i;
const SITE = /^([\w-]+(\/[\w-]+)*)?$/;

/** Reads a directory file. Throws DirectoryFileError with the place of the first mistake. */
export function readCompany(path: string): Company {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new DirectoryFileError(`Cannot read the directory file ${path}: ${messageOf(error)}`);
  }
  return companyIn(json);
}

/** What the file leaves out is as in the default company, but for groups and sites, of which there are then none. */
export function companyIn(json: unknown): Company {
  const root = objectIn(json, 'The directory file', ['displayName', 'users', 'groups', 'sites']);
  const company: Company = {
    displayName: root.displayName === undefined ? DEFAULT_COMPANY.displayName : textIn(root.displayName, 'displayName', NAME),
    users: root.users === undefined ? DEFAULT_COMPANY.users : listIn(root.users, 'users', userIn),
    groups: listIn(root.groups, 'groups', groupIn),
    sites: listIn(root.sites, 'sites', siteIn),
  };
  if (company.users.length === 0) throw new DirectoryFileError('users: at least one user is required.');
  refuseTwice(company.users.map(({ userPrincipalName }) => userPrincipalName), 'users');
  refuseTwice([...company.groups.map(({ mailNickname }) => mailNickname), ...company.sites.map(({ name }) => name)], 'sites');
  return company;
}

function userIn(json: unknown, at: string): CompanyUser {
  const { userPrincipalName, displayName } = objectIn(json, at, ['userPrincipalName', 'displayName']);
  return {
    userPrincipalName: textIn(userPrincipalName, `${at}.userPrincipalName`, USER),
    displayName: displayName === undefined ? undefined : textIn(displayName, `${at}.displayName`, NAME),
  };
}

function groupIn(json: unknown, at: string): CompanyGroup {
  const group = objectIn(json, at, ['displayName', 'mailNickname', 'members', 'channels']);
  const displayName = textIn(group.displayName, `${at}.displayName`, NAME);
  return {
    displayName,
    mailNickname: group.mailNickname === undefined ? displayName.replaceAll(/[^\w-]/g, '') : textIn(group.mailNickname, `${at}.mailNickname`, /^[\w-]{1,64}$/),
    members: listIn(group.members, `${at}.members`, userNameIn),
    channels: group.channels === undefined ? undefined : listIn(group.channels, `${at}.channels`, channelIn),
  };
}

function channelIn(json: unknown, at: string): CompanyChannel {
  const { displayName, membershipType = 'standard' } = objectIn(json, at, ['displayName', 'membershipType']);
  if (membershipType !== 'standard' && membershipType !== 'private') throw new DirectoryFileError(`${at}.membershipType must be standard or private.`);
  return { displayName: textIn(displayName, `${at}.displayName`, NAME), membershipType };
}

function siteIn(json: unknown, at: string): CompanySite {
  const site = objectIn(json, at, ['name', 'displayName', 'libraries', 'lists', 'followedBy']);
  const name = textIn(site.name, `${at}.name`, SITE);
  const libraries = site.libraries === undefined ? ['Documents'] : listIn(site.libraries, `${at}.libraries`, nameIn);
  if (libraries.length === 0) throw new DirectoryFileError(`${at}.libraries: at least one is required.`);
  return {
    name,
    displayName: site.displayName === undefined ? name : textIn(site.displayName, `${at}.displayName`, NAME),
    libraries,
    lists: listIn(site.lists, `${at}.lists`, nameIn),
    followedBy: listIn(site.followedBy, `${at}.followedBy`, userNameIn),
  };
}

function nameIn(json: unknown, at: string): string {
  return textIn(json, at, NAME);
}

function userNameIn(json: unknown, at: string): string {
  return textIn(json, at, USER);
}

/** Refuses unknown properties: a misspelt one would otherwise be ignored silently. */
function objectIn(json: unknown, at: string, known: readonly string[]): Json {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new DirectoryFileError(`${at} must be an object.`);
  const other = Object.keys(json).find((name) => !known.includes(name));
  if (other !== undefined) throw new DirectoryFileError(`${at} has an unknown property: ${other}. Known are ${known.join(', ')}.`);
  return json as Json;
}

function listIn<T>(json: unknown, at: string, read: (json: unknown, at: string) => T): T[] {
  if (json === undefined) return [];
  if (!Array.isArray(json)) throw new DirectoryFileError(`${at} must be an array.`);
  return json.map((entry, index) => read(entry, `${at}[${index}]`));
}

function textIn(json: unknown, at: string, pattern: RegExp): string {
  if (typeof json !== 'string' || !pattern.test(json)) throw new DirectoryFileError(`${at} is not valid: ${json === undefined ? 'missing' : JSON.stringify(json)}.`);
  return json;
}

function refuseTwice(names: readonly string[], at: string): void {
  const seen = new Set<string>();
  for (const name of names.map((each) => each.toLowerCase())) {
    if (seen.has(name)) throw new DirectoryFileError(`${at}: "${name}" is there twice.`);
    seen.add(name);
  }
}
