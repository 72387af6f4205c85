/** TokenSource is where access tokens for Graph come from. */
export interface TokenSource {
  /**
   * Resolves with a token to send now; call it again before each request. With `forceRefresh`, it is another one than
   * `refused`, which Graph has rejected (by default the last one given). Of several callers the first refreshes for
   * all, and continues as long as one of them waits. Rejects with `auth` if there is none, with `network` if the
   * sign-in service cannot be reached.
   */
  get(options?: { forceRefresh?: boolean; refused?: string | undefined; signal?: AbortSignal | undefined }): Promise<string>;
  /** When the last token expires, in milliseconds since the epoch, if known. */
  readonly expiresAt?: () => number | undefined;
  readonly kind: 'token' | 'token-file' | 'token-command' | 'app' | 'managed-identity' | 'sign-in';
}
