import { expect, it } from '@jest/globals';
import { watchOptions } from '../../../../src/watch/options/watch-options.ts';
import { serveOptions } from '../../../../src/watch/options/serve-options.ts';

const TOKEN = '0123456789abcdef';

it('serving is off by default', () => {
  expect(serveOptions({}, { GRAPH_WATCH_SERVE_TOKEN: 'x' })).toBeUndefined();
});

it('serving on this machine needs no token, but accepts one', () => {
  expect(serveOptions({ serve: '8080' }, {})).toEqual({ address: { host: '127.0.0.1', port: 8080 }, token: undefined });
  expect(serveOptions({ serve: '8080' }, { GRAPH_WATCH_SERVE_TOKEN: ` ${TOKEN}\n` })).toMatchObject({ token: TOKEN });
});

it('serving on the network needs a token', () => {
  expect(() => serveOptions({ serve: '0.0.0.0:8080' }, {})).toThrow('would show everybody on the network');
  expect(() => serveOptions({ serve: '0.0.0.0:8080' }, { GRAPH_WATCH_SERVE_TOKEN: ' ' })).toThrow('would show everybody on the network');
  expect(serveOptions({ serve: '0.0.0.0:8080' }, { GRAPH_WATCH_SERVE_TOKEN: TOKEN })).toMatchObject({ token: TOKEN });
});

it.each(['short-secret', `${TOKEN} with spaces`, `${TOKEN}ü`])('serving refuses the token "%s", without showing it', (token) => {
  let message = '';
  try {
    serveOptions({ serve: '8080' }, { GRAPH_WATCH_SERVE_TOKEN: token });
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain('must have at least 16 characters');
  expect(message).not.toContain(token);
});

it('serving cannot be combined with --once', () => {
  expect(() => watchOptions({ once: true, resume: true, serve: '0' }, undefined)).toThrow('there is nothing to serve');
});
