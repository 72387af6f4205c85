import { Agent, type Dispatcher } from 'undici';
import { innermostMessage } from '../errors.ts';

/**
 * The client that `ProxyAgent` asks for tunnels, made with the options that it hands over.
 *
 * A tunnel that fails with one of undici's socket errors, as where the proxy takes the CONNECT and
 * hangs up, is not a failure to undici: the requests that wait for it stay in its queue, and it connects
 * anew at once, thousands of times a second (lib/dispatcher/client.js, onError). Under another code it
 * is one, and our own back-off decides when to try again.
 */
export function proxyClient(options: object): Dispatcher {
  const client = new TunnelAgent(options);
  return Object.assign(client, { connect: (asked: Dispatcher.ConnectOptions) => client.tunnel(asked) });
}

/** A proxy that has not answered by then keeps a connection for nobody: whoever asked has given up, or tried again. */
const ANSWER_TIMEOUT_MS = 15_000;

class TunnelAgent extends Agent {
  async tunnel(asked: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    let answer: Dispatcher.ConnectData;
    try {
      const options: Dispatcher.ConnectOptions & { headersTimeout: number } = { ...asked, headersTimeout: ANSWER_TIMEOUT_MS };
      answer = await super.connect(options);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'UND_ERR_SOCKET' || code === 'UND_ERR_INFO' ? noTunnel(innermostMessage(error)) : error;
    }
    // In HTTP as in TLS it is the client that speaks first: these are words of the proxy (a page, say),
    // over which undici would drop the connection and make another one, again without end.
    if (answer.statusCode === 200 && answer.socket.readableLength > 0) {
      answer.socket.on('error', () => undefined).destroy();
      throw noTunnel('it answered the request itself');
    }
    return answer;
  }
}

function noTunnel(why: string): Error {
  return Object.assign(new Error(`the proxy opened no tunnel: ${why}`), { code: 'ECONNRESET' });
}
