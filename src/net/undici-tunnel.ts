import { Agent, type Dispatcher } from 'undici';
import { innermostMessage } from '../errors.ts';
import { describeDuration } from '../lib/duration.ts';

/** A proxy makes its own connection first. */
const ANSWER_TIMEOUT_MS = 15_000;

/**
 * `proxyClient` creates the client that `ProxyAgent` asks for tunnels, with the options that it passes.
 *
 * A tunnel that fails with one of undici's socket errors, for example if the proxy accepts the CONNECT and
 * hangs up, is not a failure to undici: the requests that wait for it stay in its queue, and it reconnects
 * immediately, thousands of times a second (lib/dispatcher/client.js, onError). With another code it
 * is one, and our own back-off decides when to retry.
 *
 * After `answerTimeoutMs` without an answer the proxy keeps an unused connection: the caller has given up, or retried.
 */
export function proxyClient(options: object, answerTimeoutMs = ANSWER_TIMEOUT_MS): Dispatcher {
  const client = new TunnelAgent(options, answerTimeoutMs);
  return Object.assign(client, { connect: (asked: Dispatcher.ConnectOptions) => client.tunnel(asked) });
}

class TunnelAgent extends Agent {
  readonly #answerTimeoutMs: number;

  constructor(options: object, answerTimeoutMs: number) {
    super(options);
    this.#answerTimeoutMs = answerTimeoutMs;
  }

  async tunnel(asked: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    let answer: Dispatcher.ConnectData;
    try {
      const options: Dispatcher.ConnectOptions & { headersTimeout: number } = { ...asked, headersTimeout: this.#answerTimeoutMs };
      answer = await super.connect(options);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'UND_ERR_HEADERS_TIMEOUT') throw noTunnel(`it did not answer within ${describeDuration(this.#answerTimeoutMs)}`, code);
      throw code === 'UND_ERR_SOCKET' || code === 'UND_ERR_INFO' ? noTunnel(innermostMessage(error)) : error;
    }
    // In HTTP and in TLS the client speaks first: this is an answer of the proxy itself (such as a page),
    // over which undici would drop the connection and make another one, over and over.
    if (answer.statusCode === 200 && answer.socket.readableLength > 0) {
      answer.socket.on('error', () => undefined).destroy();
      throw noTunnel('it answered the request itself');
    }
    return answer;
  }
}

function noTunnel(why: string, code = 'ECONNRESET'): Error {
  return Object.assign(new Error(`the proxy opened no tunnel: ${why}`), { code });
}
