import type { SignInContext } from '../auth/msal.ts';
import { loginWithBrowser, loginWithDeviceCode, type DevicePrompt, type SignedIn } from '../auth/sign-in.ts';
import { safeText } from '../output/safe-text.ts';
import type { CommandContext } from '../app/context.ts';
import { tokenStore } from '../app/graph-access.ts';
import { readRemembered, rememberAccounts } from '../app/remembered.ts';
import { toError } from '../errors.ts';

export interface LoginOptions {
  /** Sign in with the browser of this machine, instead of a code. */
  browser?: boolean;
  /** Scopes beyond `Files.Read`. */
  scope?: string[];
  /** The service approves the sign-in automatically: nobody has to be there. */
  approvedAutomatically?: boolean;
}

/**
 * `runLogin` is `graph-watch login`: it signs in and stores the sign-in. The account becomes the default.
 * Nothing goes to stdout.
 *
 * Throws `auth` (refused, expired), `network`, or the signal's reason, at once, when it is aborted.
 */
export async function runLogin(context: CommandContext, { browser = false, scope = [], approvedAutomatically = false }: LoginOptions): Promise<void> {
  // OAuth itself writes several scopes as one word with spaces in it, and a quoted variable looks the same.
  const scopes = scope.flatMap((words) => words.split(/[\s,]+/)).filter((word) => word !== '');
  const { settings, people, surroundings } = context;
  const stronger = settings.token !== undefined ? 'GRAPH_WATCH_TOKEN'
    : settings.tokenFile !== undefined ? 'GRAPH_WATCH_TOKEN_FILE'
      : settings.tokenCommand !== undefined ? 'GRAPH_WATCH_TOKEN_COMMAND'
        : settings.auth !== 'user' ? `--auth ${settings.auth} (or GRAPH_WATCH_AUTH)` : undefined;
  if (stronger !== undefined) people.warn(`${stronger} is set: other commands use that, not this sign-in.`);
  if (!approvedAutomatically && isUnattended(surroundings)) people.warn('a person has to complete this sign-in. In an unattended job, use --auth app or GRAPH_WATCH_TOKEN_FILE instead.');
  const signIn = signInContext(context);
  const waiting = { stop: (): void => undefined };
  const wait = (text: string): void => {
    const spinner = people.waiting(text);
    waiting.stop = () => { spinner.stop(); };
  };
  let signedIn: SignedIn;
  try {
    signedIn = browser
      ? await loginWithBrowser(signIn, {
          scopes,
          onUrl(url) {
            people.always('Continue in your browser. If it didn\'t open, visit (on this machine):');
            // Not through `people`: its redaction would take the query away, and with it the sign-in.
            // There is no secret in it; the PKCE verifier stays here.
            surroundings.stderr.write(`\n    ${url}\n\n`);
            wait('Waiting for the browser');
          },
          openBrowser: (url) => surroundings.openBrowser(url),
          onNoBrowser() {
            people.say('Couldn\'t open a browser.');
          },
        })
      : await loginWithDeviceCode(signIn, {
          scopes,
          onPrompt(prompt) {
            showPrompt(context, prompt);
            wait('Waiting for the code to be entered');
          },
        });
  } finally {
    waiting.stop();
  }
  const { record, missingScopes } = signedIn;
  people.say(`Signed in as ${safeText(record.username)} (${settings.cloud}, tenant ${safeText(record.tenantId)}).`);
  // For shell completion. That it cannot be kept does not concern the sign-in.
  await rememberAccounts(settings.configFolder, [record.username, ...readRemembered(settings.configFolder).accounts]).catch((error: unknown) => { people.debug(toError(error).message); });
  if (missingScopes.length > 0) people.warn(`Not granted: ${missingScopes.join(', ')}.`);
}

function isUnattended({ env, stdin, stderr }: CommandContext['surroundings']): boolean {
  return (env.CI ?? '') !== '' && stdin.isTTY !== true && stderr.isTTY !== true;
}

/** `signInContext` takes everything that signing in needs from a command's context. */
export function signInContext(context: CommandContext): SignInContext {
  const { settings, people, surroundings, send, redactor, signal } = context;
  return {
    cloud: settings.cloud,
    clientId: settings.clientId,
    authority: settings.authority,
    graphUrl: settings.graphUrl,
    store: tokenStore(context),
    send,
    clock: surroundings.clock,
    redactor,
    signal,
    debug: (line) => { people.debug(line); },
  };
}

/** In our own words: the service's prompt is in a language of its choice, and one long sentence. */
function showPrompt({ people, surroundings }: CommandContext, { userCode, verificationUri, expiresAt }: DevicePrompt): void {
  const minutes = Math.max(1, Math.round((expiresAt - surroundings.clock.now()) / 60_000));
  people.always('To sign in, open this page on any device');
  people.always('');
  people.always(`    ${safeText(verificationUri)}`);
  people.always('');
  people.always('and enter this code');
  people.always('');
  people.always(`    ${safeText(userCode)}`);
  people.always('');
  people.always(`within ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`);
}
