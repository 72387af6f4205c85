import { RESYNC_CODES } from '../graph/delta/gone.ts';
import type { Pace } from '../options.ts';
import { arming, dropOf, quirksOf } from './command-fields.ts';
import { AdminUsageError } from './fields.ts';
import type { Fields } from './fields.ts';
import type { EmulatorAdmin } from './admin.ts';

export interface AdminCommand {
  /** The fields of the body, as shown in the help. */
  body: string;
  does: string;
  /** Reads and checks all fields, and returns the function that runs the command: nothing happens until the whole body is valid. */
  prepare(fields: Fields, admin: EmulatorAdmin): () => unknown;
}

/** The routes under /admin: `POST /admin/{name}` with a JSON body. */
export const ADMIN_COMMANDS: Readonly<Record<string, AdminCommand>> = {
  state: {
    body: '{}',
    does: 'shows sockets, endpoints, counters, pace and quirks',
    prepare: (_fields, admin) => () => admin.state(),
  },
  drop: {
    body: '{"how":"disconnect"|"reset"|"silent"|1001, "endpoint"?}',
    does: 'drops connections: with socket.io\'s 41, a TCP reset, silence (no pings) or a WebSocket close code',
    prepare: (fields, admin) => {
      const how = dropOf(fields.raw('how'));
      const endpoint = fields.text('endpoint');
      return () => ({ dropped: admin.drop(how, endpoint) });
    },
  },
  expire: {
    body: '{"endpoint"?}',
    does: 'expires endpoints now: their sockets are dropped and their tokens refused',
    prepare: (fields, admin) => {
      const endpoint = fields.text('endpoint');
      return () => ({ expired: admin.expireEndpoints(endpoint) });
    },
  },
  fail: {
    body: '{"status", "code"?, "message"?, "retryAfter"?, "aadsts"?, "count"?, "pathPrefix"?}',
    does: 'answers the next requests with an error; retryAfter is seconds or an HTTP date, aadsts is for sign-in paths',
    prepare: (fields, admin) => {
      const retryAfter = fields.raw('retryAfter');
      const status = fields.number('status');
      if (status === undefined || status < 400 || status > 599) throw new AdminUsageError('"status" must be 400 to 599.');
      if (retryAfter !== undefined && typeof retryAfter !== 'string' && typeof retryAfter !== 'number') {
        throw new AdminUsageError('"retryAfter" must be a number of seconds or an HTTP date.');
      }
      return arming(fields, admin, {
        kind: 'answer',
        status,
        code: fields.text('code'),
        message: fields.text('message'),
        retryAfter: retryAfter === undefined ? undefined : String(retryAfter),
        aadsts: fields.number('aadsts'),
      });
    },
  },
  hang: {
    body: '{"count"?, "pathPrefix"?}',
    does: 'leaves the next requests unanswered',
    prepare: (fields, admin) => arming(fields, admin, { kind: 'hang' }),
  },
  cut: {
    body: '{"count"?, "pathPrefix"?}',
    does: 'resets the connections of the next requests',
    prepare: (fields, admin) => arming(fields, admin, { kind: 'reset' }),
  },
  delay: {
    body: '{"ms", "count"?, "pathPrefix"?}',
    does: 'delays the answers to the next requests by ms milliseconds',
    prepare: (fields, admin) => arming(fields, admin, { kind: 'delay', delayMs: fields.number('ms') ?? 0 }),
  },
  'refuse-handshakes': {
    body: '{"count"?, "status"?}',
    does: 'refuses the next handshakes on the push host (default status: 503)',
    prepare: (fields, admin) => {
      const count = fields.number('count') ?? 1;
      const status = fields.number('status');
      return () => {
        admin.refuseHandshakes(count, status);
      };
    },
  },
  'refuse-connects': {
    body: '{"count"?, "message"?}',
    does: 'answers the next connects with socket.io\'s 44',
    prepare: (fields, admin) => {
      const count = fields.number('count') ?? 1;
      const message = fields.text('message');
      return () => {
        admin.refuseConnects(count, message);
      };
    },
  },
  clear: {
    body: '{}',
    does: 'clears all pending faults',
    prepare: (_fields, admin) => () => {
      admin.clearFaults();
    },
  },
  notify: {
    body: '{"payload"?, "count"?, "endpoint"?}',
    does: 'sends notifications; payload is the event\'s argument, any JSON value, sent unchanged (default: a regular notification)',
    prepare: (fields, admin) => {
      const options = { argument: fields.raw('payload'), count: fields.number('count'), endpointId: fields.text('endpoint') };
      return async () => ({ sockets: await admin.notify(options) });
    },
  },
  revoke: {
    body: '{"access"?, "refresh"?}',
    does: 'revokes tokens (default: both kinds)',
    prepare: (fields, admin) => {
      const kinds = { access: fields.flag('access'), refresh: fields.flag('refresh') };
      return () => ({ revoked: admin.revokeTokens(kinds) });
    },
  },
  token: {
    body: '{"user"?, "appOnly"?, "scopes"?}',
    does: 'issues an access token without a sign-in',
    prepare: (fields, admin) => {
      const options = { user: fields.text('user'), appOnly: fields.flag('appOnly'), scopes: fields.texts('scopes') };
      return () => ({ access_token: admin.issueToken(options) });
    },
  },
  approve: {
    body: '{"userCode", "user"?}',
    does: 'approves a device code',
    prepare: (fields, admin) => {
      const userCode = fields.requiredText('userCode');
      const user = fields.text('user');
      return () => ({ done: admin.approveDevice(userCode, user) });
    },
  },
  decline: {
    body: '{"userCode"}',
    does: 'declines a device code',
    prepare: (fields, admin) => {
      const userCode = fields.requiredText('userCode');
      return () => ({ done: admin.declineDevice(userCode) });
    },
  },
  pace: {
    body: '{"lifetimeMs"?, "tokenLifetimeMs"?, "refreshTokenLifetimeMs"?, "notifyDelayMs"?, "deltaLagMs"?, "approveDelayMs"?, "unitsPerMinute"?}',
    does: 'changes lifetimes, delays and the limit of requests from now on; what has already started keeps its own (unitsPerMinute 0: no limit)',
    prepare: (fields, admin) => {
      const names = ['lifetimeMs', 'tokenLifetimeMs', 'refreshTokenLifetimeMs', 'notifyDelayMs', 'deltaLagMs', 'approveDelayMs'] as const;
      const pace: Partial<Pace> = {};
      for (const name of names) {
        const value = fields.number(name);
        if (value !== undefined) pace[name] = value;
      }
      const units = fields.number('unitsPerMinute');
      if (units !== undefined) pace.unitsPerMinute = units === 0 ? undefined : units;
      return () => {
        admin.setPace(pace);
      };
    },
  },
  quirks: {
    body: '{"emptyFirst"?, "repeats"?:"none"|"within-page"|"across-pages", "withoutPath"?, "deletedShape"?:"personal"|"business", "deletedState"?, "linkForm"?:"query"|"function", "ancestors"?, "order"?:"folders-first"|"children-first"}',
    does: 'changes how delta answers',
    prepare: (fields, admin) => {
      const quirks = quirksOf(fields);
      return () => {
        admin.setQuirks(quirks);
      };
    },
  },
  gone: {
    body: `{"count"?, "code"?, "location"?:"none"|"good"|"broken"}`,
    does: `answers the next delta calls that have a token with 410; code is one of ${RESYNC_CODES.join(', ')}; a broken Location answers 500`,
    prepare: (fields, admin) => {
      const gone = {
        count: fields.number('count') ?? 1,
        code: fields.oneOf('code', RESYNC_CODES) ?? 'resyncRequired',
        location: fields.oneOf('location', ['none', 'good', 'broken']) ?? 'good',
      };
      return () => {
        admin.gone(gone);
      };
    },
  },
  shape: {
    body: '{"shape":"entries"|"flat"|"object"}',
    does: 'changes the shape of notifications',
    prepare: (fields, admin) => {
      const shape = fields.oneOf('shape', ['entries', 'flat', 'object']) ?? 'entries';
      return () => {
        admin.setNotificationShape(shape);
      };
    },
  },
  author: {
    body: '{"user"?, "applicationId"?, "applicationName"?}',
    does: 'sets the author of changes noticed in the folder from now on',
    prepare: (fields, admin) => {
      const author = {
        user: fields.text('user'),
        applicationId: fields.text('applicationId'),
        applicationName: fields.text('applicationName'),
      };
      return () => {
        admin.setAuthor(author);
      };
    },
  },
  share: {
    body: '{"path", "driveId"?, "scope"?:"anonymous"|"organization"|"users"}',
    does: 'shares an item by a link and returns the link\'s URL (default: on the first user\'s drive, for the organization)',
    prepare: (fields, admin) => {
      const options = { path: fields.requiredText('path'), driveId: fields.text('driveId'), scope: fields.oneOf('scope', ['anonymous', 'organization', 'users']) };
      return async () => {
        const webUrl = await admin.share(options);
        if (webUrl === undefined) throw new AdminUsageError('There is no such item, or no such drive.');
        return { webUrl };
      };
    },
  },
  rescan: {
    body: '{}',
    does: 'reads the folder now; answers once all earlier changes to it are in the change log',
    prepare: (_fields, admin) => () => admin.rescan(),
  },
};
