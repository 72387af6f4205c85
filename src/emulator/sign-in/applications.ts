import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { ApplicationOption } from '../options.ts';

/** "Microsoft Graph Command Line Tools", which works without a registration of one's own. */
const COMMAND_LINE_TOOLS: ApplicationOption = { clientId: '14d82eec-204b-4c2f-b7e8-296a70dab67e', displayName: 'Microsoft Graph Command Line Tools', isPublic: true };

/** The permissions of an unregistered app that signs in as itself. */
const DEFAULT_ROLES: readonly string[] = ['Files.Read.All', 'Sites.Read.All', 'User.Read.All', 'Group.Read.All'];

/** Application is an app registration. */
export interface Application extends Omit<ApplicationOption, 'certificate'> {
  /** The public key of its certificate. */
  key: KeyObject | undefined;
  roles: readonly string[];
  /** Whether it is registered. An unregistered app may sign in with any credential. */
  isRegistered: boolean;
}

/** Applications holds the app registrations. Every other client id is accepted, too: this is a development tool. */
export class Applications {
  readonly #registered: ReadonlyMap<string, Application>;

  /** Throws for a certificate that cannot be read. */
  constructor(options: readonly ApplicationOption[]) {
    this.#registered = new Map([COMMAND_LINE_TOOLS, ...options].map((option) => [option.clientId.toLowerCase(), registered(option)]));
  }

  get(clientId: string): Application {
    return this.#registered.get(clientId.toLowerCase()) ?? { clientId, roles: DEFAULT_ROLES, key: undefined, isRegistered: false };
  }
}

function registered({ certificate, ...option }: ApplicationOption): Application {
  return {
    ...option,
    roles: option.roles ?? DEFAULT_ROLES,
    key: certificate === undefined ? undefined : new X509Certificate(certificate).publicKey,
    isRegistered: true,
  };
}
