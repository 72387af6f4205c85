/** TokenSource is where access tokens for Graph come from. */
export interface TokenSource {
  /**
   * A token to send now; ask again before each request. With `forceRefresh`, another one than
   * `refused`, which Graph has turned down (not said: the last one given). Where many ask, the first
   * refreshes for all, and goes on as long as one of them waits. Rejects with `auth` when there is none, with `network` when the sign-in service
   * cannot be reached.
   */
  get(options?: { forceRefresh?: boolean; refused?: string | undefined; signal?: AbortSignal | undefined }): Promise<string>;
  /** When the last token expires, in milliseconds since the epoch, where that is known. */
  readonly expiresAt?: () => number | undefined;
  readonly kind: 'token' | 'token-file' | 'token-command' | 'app' | 'managed-identity' | 'sign-in';
}
