import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../../errno.ts';
import { DEFAULT_COMPANY } from './company.ts';
import type { Company, CompanyChannel, CompanyGroup, CompanySite, CompanyUser } from './company.ts';
import { DirectoryFileError, flagIn, listIn, objectIn, textIn } from './json-fields.ts';
import { applicationIn } from './read-application.ts';

const NAME = /^[^\p{Cc}"*:<>?/\\|]{1,120}$/u;
const USER = /^[\w.+-]{1,64}@[a-z0-9.-]{1,190}$/i;
const SITE = /^([\w-]+(\/[\w-]+)*)?$/;
const HOST = /^(?=.{1,190}$)([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/;

/** Reads a directory file. Throws DirectoryFileError with the place of the first mistake. */
export function readCompany(path: string): Company {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new DirectoryFileError(`Cannot read the directory file ${path}: ${messageOf(error)}`);
  }
  return companyIn(json, dirname(path));
}

/**
 * Whatever the file leaves out is as in the default company, except for groups and sites, of which there are
 * none then. `folder` is where the files that it names are.
 */
export function companyIn(json: unknown, folder = '.'): Company {
  const root = objectIn(json, 'The directory file', ['displayName', 'host', 'systemDrives', 'applications', 'users', 'groups', 'sites']);
  const company: Company = {
    displayName: root.displayName === undefined ? DEFAULT_COMPANY.displayName : textIn(root.displayName, 'displayName', NAME),
    host: root.host === undefined ? DEFAULT_COMPANY.host : textIn(root.host, 'host', HOST),
    systemDrives: flagIn(root.systemDrives, 'systemDrives') ?? DEFAULT_COMPANY.systemDrives,
    applications: listIn(root.applications, 'applications', (each, at) => applicationIn(each, at, folder)),
    users: root.users === undefined ? DEFAULT_COMPANY.users : listIn(root.users, 'users', userIn),
    groups: listIn(root.groups, 'groups', groupIn),
    sites: listIn(root.sites, 'sites', siteIn),
  };
  if (company.users.length === 0) throw new DirectoryFileError('users: at least one user is required.');
  refuseTwice(company.applications.map(({ clientId }) => clientId), 'applications');
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
  const site = objectIn(json, at, ['name', 'displayName', 'libraries', 'hiddenLibraries', 'lists', 'followedBy']);
  const name = textIn(site.name, `${at}.name`, SITE);
  const libraries = site.libraries === undefined ? ['Documents'] : listIn(site.libraries, `${at}.libraries`, nameIn);
  if (libraries.length === 0) throw new DirectoryFileError(`${at}.libraries: at least one is required.`);
  return {
    name,
    displayName: site.displayName === undefined ? name : textIn(site.displayName, `${at}.displayName`, NAME),
    libraries,
    hiddenLibraries: listIn(site.hiddenLibraries, `${at}.hiddenLibraries`, nameIn),
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

function refuseTwice(names: readonly string[], at: string): void {
  const seen = new Set<string>();
  for (const name of names.map((each) => each.toLowerCase())) {
    if (seen.has(name)) throw new DirectoryFileError(`${at}: "${name}" appears twice.`);
    seen.add(name);
  }
}
