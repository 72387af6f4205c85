import type { ChangeKind } from './records.ts';

/**
 * WatchTarget is what to watch: `'me'`, `'drive:<id>'`, `'drive-list:<id>'`, `'group:<id>'`, `'user:<user>'`,
 * `'list:<site>/<list>'`, any address that a browser shows or "Copy link" gives, or the same as an object.
 */
export type WatchTarget =
  | string
  | { readonly drive: string }
  | { readonly group: string }
  | { readonly user: string }
  | { readonly site: string; readonly list: string }
  | { readonly url: string | URL };

/** Cloud is a Microsoft cloud. `emulator` is the one that `createEmulator` starts. */
export type Cloud = 'global' | 'usgov' | 'usgov-dod' | 'china' | 'emulator';

/** Duration is a length of time: milliseconds, or text like `'500ms'`, `'90s'`, `'5m'`, `'1h30m'`. */
export type Duration = number | string;

/** TokenRequest is what a token function is called with. */
export interface TokenRequest {
  /** The token that Graph has just refused (401): return another one. Absent for an ordinary request. */
  readonly refused?: string;
  /** Aborted when the token is no longer needed. */
  readonly signal: AbortSignal;
}

/**
 * TokenFunction returns an access token for Graph. It is called before each request, so it should cache its token until shortly before it
 * expires, as MSAL and `@azure/identity` do. What it throws ends the watch with an `auth` error, unless it looks like a network
 * problem (Node's error codes, or a `WatchError` of category `network`): then it is called again later.
 */
export type TokenFunction = (request: TokenRequest) => string | Promise<string>;

/** Log takes a line for people: what the command line would write to stderr. It contains no secrets. */
export type Log = (message: string, level: 'debug' | 'info' | 'warning') => void;

/**
 * PositionStore keeps the position from which a watch continues: a text of a few hundred bytes, more in the middle of a large round. It is not a secret:
 * it gives access to nothing without a token.
 */
export interface PositionStore {
  /** Returns what `save` was last given; `undefined` or `null` if there is nothing yet. Called once, at the start. */
  load: () => string | null | undefined | Promise<string | null | undefined>;
  /** Stores the text in place of the last one. Called for one text at a time; the position has moved once it resolves. */
  save: (position: string) => void | Promise<void>;
}

/** ConnectionOptions says how to reach Graph. */
export interface ConnectionOptions {
  /** An access token for Graph, or a function that returns one. Needed unless `env` is given. */
  token?: string | TokenFunction | undefined;
  /** Another Graph root, without the version: `https://localhost:8443`. */
  graphUrl?: string | undefined;
  /** The Microsoft cloud. Default: `global`. */
  cloud?: Cloud | undefined;
  /** A PEM of certificate authorities to trust in addition to the public ones. */
  ca?: string | undefined;
  /** The URL of the proxy for all connections: `http://<user>:<password>@<host>:<port>`. Default: none. */
  proxy?: string | undefined;
  /** What bypasses the proxy, as in `NO_PROXY`: `localhost,.example.com,10.0.0.0/8`. */
  noProxy?: string | undefined;
  /** How to identify requests to Microsoft: `NONISV|<company>`, or `ISV|<company>` for software that is sold. */
  userAgent?: string | undefined;
  /** Graph's resource units per minute that this watch may use. Default: 312, a quarter of the smallest published limit. */
  budget?: number | undefined;
  /**
   * An environment to read, usually `process.env`: settings (`GRAPH_WATCH_…`), proxies, the configuration folder and the sign-in stored
   * there, as the command line does. Without it, the environment is ignored.
   */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Opens a sharing link as a browser would, which may give the account lasting access. Default: false. */
  redeem?: boolean | undefined;
  /** Ends the watch: the iteration then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called with lines for people. Default: they are dropped. */
  log?: Log | undefined;
  /** Also put lifecycle events (`ready`, `reconnecting`, `renewed`, `gap`) into the stream. Default: false. */
  lifecycle?: boolean | undefined;
}

/** WatchOptions are the options of `watch`. */
export type WatchOptions = ConnectionOptions;

/** ChangesOptions are the options of `changes`; those that filter must all match, and the values of one are alternatives. */
export interface ChangesOptions extends ConnectionOptions {
  /**
   * Where to keep the position, to continue there next time: the path of a file (used by one watch at a time), or functions. With
   * `env` also `true`, or a name, as for `--resume`. See `ack` for when it moves.
   */
  resume?: string | true | PositionStore | undefined;
  /**
   * When an event counts as taken, so that the position may move past it: `auto`, when the next one is asked for (the body of `for await`
   * is done); `manual`, when `stream.ack(event)` is called. Default: `auto`.
   */
  ack?: 'auto' | 'manual' | undefined;
  /** Start from a cursor, as `graph-watch cursor` prints it. */
  after?: string | undefined;
  /** Start from a time: a `Date`, text in RFC 3339, or how long ago, `'2h'`. Business and SharePoint drives only. */
  since?: string | Date | undefined;
  /** Report what has happened up to now, and end. Needs `resume`, `after` or `since`. Default: false. */
  once?: boolean | undefined;
  /** Query delta at this interval (at least a second) instead of using a socket; `'auto'`: as often as the budget allows. */
  poll?: Duration | undefined;
  /** List the whole drive first, so that every change has its previous state (`true`), or never (`false`). Default: in the background, up to 100,000 items. */
  index?: boolean | undefined;
  /** Report sharing and permission changes too (business and SharePoint drives). Default: false. */
  sharing?: boolean | undefined;
  /** With `index: true`: list the drive again at this interval, and report what delta never reported. */
  recheck?: Duration | undefined;
  /** Also put the notifications into the stream. Default: false. */
  notifications?: boolean | undefined;
  /** Only changes whose path, or previous path, matches one of these globs: `/Reports/**`. */
  path?: string | readonly string[] | undefined;
  /** Only these kinds of change. */
  change?: ChangeKind | readonly ChangeKind[] | undefined;
  /** Only files, or only folders. */
  only?: 'files' | 'folders' | undefined;
  /** Only changes by these users: display name, e-mail address or id; `me` is the signed-in user. */
  by?: string | readonly string[] | undefined;
  /** Skip changes by these users, in the same forms. */
  notBy?: string | readonly string[] | undefined;
  /** Skip changes made by the apps with these ids. */
  notApp?: string | readonly string[] | undefined;
}
