import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../../errno.ts';
import type { ApplicationOption } from '../../options.ts';
import { DirectoryFileError, flagIn, listIn, objectIn, textIn } from './json-fields.ts';

const ID = /^[\w.-]{1,100}$/;
const ANY = /^[^\p{Cc}]{1,1000}$/u;
const ROLE = /^\w+(\.\w+)+$/;

/** Reads an app registration. `folder` is where its certificate file is looked for. */
export function applicationIn(json: unknown, at: string, folder: string): ApplicationOption {
  const application = objectIn(json, at, ['clientId', 'displayName', 'isPublic', 'secret', 'certificateFile', 'federated', 'roles']);
  const { certificateFile, secret, displayName, federated, roles } = application;
  const isPublic = flagIn(application.isPublic, `${at}.isPublic`);
  const certificate = certificateFile === undefined ? undefined : certificateIn(resolve(folder, textIn(certificateFile, `${at}.certificateFile`, ANY)), `${at}.certificateFile`);
  if (isPublic === true && (secret !== undefined || certificate !== undefined || federated !== undefined)) {
    throw new DirectoryFileError(`${at}.isPublic: a public client has neither a secret, nor a certificate, nor federated credentials.`);
  }
  return {
    clientId: textIn(application.clientId, `${at}.clientId`, ID),
    displayName: displayName === undefined ? undefined : textIn(displayName, `${at}.displayName`, ANY),
    isPublic,
    secret: secret === undefined ? undefined : textIn(secret, `${at}.secret`, ANY, 'not shown'),
    certificate,
    federated: federated === undefined ? undefined : listIn(federated, `${at}.federated`, trustIn),
    roles: roles === undefined ? undefined : listIn(roles, `${at}.roles`, (role, place) => textIn(role, place, ROLE)),
  };
}

function trustIn(json: unknown, at: string): { issuer: string; subject: string } {
  const { issuer, subject } = objectIn(json, at, ['issuer', 'subject']);
  return { issuer: textIn(issuer, `${at}.issuer`, /^https:\/\/\S{1,500}$/), subject: textIn(subject, `${at}.subject`, ANY) };
}

function certificateIn(path: string, at: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    const { publicKey } = new X509Certificate(text);
    if (publicKey.asymmetricKeyType !== 'rsa') throw new Error('its key is not an RSA key');
    return text;
  } catch (error) {
    throw new DirectoryFileError(`${at}: cannot read the certificate ${path}: ${messageOf(error)}`);
  }
}
