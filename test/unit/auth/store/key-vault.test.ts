import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyring } from '../../../../src/auth/store/key-vault.ts';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('the keyring on a machine without one', () => {
  const before = process.env.DBUS_SESSION_BUS_ADDRESS;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'graph-watch-'));
  });
  afterEach(() => {
    if (before === undefined) delete process.env.DBUS_SESSION_BUS_ADDRESS;
    else process.env.DBUS_SESSION_BUS_ADDRESS = before;
    rmSync(folder, { recursive: true, force: true });
  });

  it('rejects without D-Bus', async () => {
    process.env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${join(folder, 'nothing')}`;
    const vault = keyring(folder);
    await expect(vault.get()).rejects.toThrow('the keyring cannot be used');
    await expect(vault.set('secret')).rejects.toThrow('the keyring cannot be used');
    await expect(vault.delete()).rejects.toThrow('the keyring cannot be used');
  });

  it('gives up on a D-Bus that accepts the connection and never answers', async () => {
    const sockets: Socket[] = [];
    const path = join(folder, 'bus');
    const server = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    process.env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${path}`;
    try {
      await expect(keyring(folder, { timeoutMs: 500 }).get()).rejects.toThrow('the keyring cannot be used');
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('the keyring, with a fake library', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'graph-watch-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const library = (): string => {
    const path = join(folder, 'library.cjs');
    writeFileSync(
      path,
      `const fs = require('node:fs');
       exports.Entry = class {
         constructor(service, account, options) {
           if (options.linux.store !== 'secret-service') throw new Error('not pinned');
           this.path = account + '/' + service;
         }
         getPassword() { return fs.existsSync(this.path) ? fs.readFileSync(this.path, 'utf8') : null; }
         setPassword(secret) { fs.writeFileSync(this.path, secret); }
         deletePassword() { fs.rmSync(this.path); return true; }
       };`,
    );
    return path;
  };

  it('keeps a secret until it is deleted', async () => {
    const vault = keyring(folder, { library: library() });
    expect(await vault.get()).toBeUndefined();
    await vault.set('a secret, with "quotes" and ü');
    expect(await vault.get()).toBe('a secret, with "quotes" and ü');
    await vault.delete();
    expect(await vault.get()).toBeUndefined();
  });

  it('rejects when the library is not installed', async () => {
    await expect(keyring(folder, { library: join(folder, 'missing.cjs') }).get()).rejects.toThrow('Cannot find module');
  });
});
