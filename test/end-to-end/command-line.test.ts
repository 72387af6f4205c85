import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startBinary, startShell } from '../support/binary.ts';

describe('the command line', () => {
  it.each(['--help', '--version', 'watch me --help', 'config path'])('ends %s quietly when the reader has exited', async (words) => {
    // A pipe without a reader, and without a race: the only reading end is already closed.
    const { code, stderr } = await startShell(
      `place=$(mktemp -d) && mkfifo "$place/pipe" && exec 4<>"$place/pipe" && exec 5>"$place/pipe" && exec 4<&- && rm -r "$place"\ngraph-watch ${words} >&5`,
    ).done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('suggests on one line what may have been meant', async () => {
    const { code, stdout, stderr } = await startShell('graph-watch wacth').done;
    expect({ code, stdout, stderr }).toEqual({
      code: 2, stdout: '', stderr: 'error: unknown command \'wacth\' (Did you mean watch?)\nSee graph-watch --help.\n',
    });
  });

  it('works without a home directory, as in some containers, or says what it needs', async () => {
    const gone = 'import os from "node:os"; os.homedir = () => { throw new Error("uv_os_homedir returned ENOENT"); };';
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(gone)}` };
    const place = join(tmpdir(), `graph-watch-homeless-${process.pid}`);
    const { code, stdout } = await startBinary(['config', 'path'], { env: { ...env, GRAPH_WATCH_CONFIG_DIR: place } }).done;
    expect([code, stdout]).toEqual([0, expect.stringContaining(place)]);
    expect(await startBinary(['config', 'path'], { env: { ...env, GRAPH_WATCH_CONFIG_DIR: '' } }).done).toEqual({
      code: 2, stdout: '', stderr: 'error: No home directory found: uv_os_homedir returned ENOENT\nSet GRAPH_WATCH_CONFIG_DIR to a folder for configuration and sign-ins.\n',
    });
  });

  // Tests the built program: its undici is put together from parts, and one was once missing.
  it('uses the proxy\'s password, and does not show it', async () => {
    const asked: (string | undefined)[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url, request.headers['proxy-authorization']);
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const { port } = proxy.address() as AddressInfo;
    const env = { GRAPH_WATCH_TOKEN: 'opaque-token', HTTPS_PROXY: `http://ada:proxy-password@127.0.0.1:${port}` };
    const { code, stdout, stderr } = await startBinary(['--debug', 'endpoint', 'me'], { env }).done;
    expect([code, asked]).toEqual([4, ['graph.microsoft.com:443', `Basic ${Buffer.from('ada:proxy-password').toString('base64')}`]]);
    expect(stderr).toContain(`the proxy http://127.0.0.1:${port} (HTTPS_PROXY) returned 403`);
    expect(stdout + stderr).not.toMatch(/proxy-password|opaque-token|YWRhOnByb3h5/);
    proxy.close();
  });
});
