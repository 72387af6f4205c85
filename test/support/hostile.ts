import { expect } from '@jest/globals';
import { WebSocket } from 'ws';
import { engineUrl } from '../unit/emulator/support/raw-engine.ts';
import { emulatorProcess } from './emulator-process.ts';
import type { EmulatorProcess } from './emulator-process.ts';

/** An emulator, and ways to send it hostile input. */
export interface HostileTo {
  emulator: EmulatorProcess;
  ports: { graph: number; push: number };
  /** Sends frames over one WebSocket, and cuts it once the emulator has answered a probe. */
  throwFrames: (frames: readonly (string | Uint8Array)[], eio?: 3 | 4) => Promise<void>;
  /** Fails if the log contains anything but printable lines in the known formats. */
  expectHarmlessLog: () => void;
}

export const get = (target: string, headers = ''): string => `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`;

export const upgrade = (target: string, headers = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`;

export async function hostileTo(): Promise<HostileTo & { notificationUrl: string }> {
  const emulator = await emulatorProcess();
  const { notificationUrl } = await emulator.graph('/v1.0/me/drive/root/subscriptions/socketIo');
  const url = String(notificationUrl);
  return {
    emulator,
    notificationUrl: url,
    ports: { graph: Number(emulator.graphUrl.port), push: Number(new URL(url).port) },
    throwFrames: (frames, eio = 4) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(engineUrl(url, eio), { ca: emulator.ca });
        socket.on('error', (error) => {
          if ('code' in error && error.code === 'ECONNREFUSED') reject(error);
        });
        socket.on('open', () => {
          for (const frame of frames) socket.send(frame, () => undefined);
          socket.ping(() => {
            emulator.probe().then(() => {
              socket.terminate();
              resolve();
            }, reject);
          });
        });
        socket.on('unexpected-response', (_request, response) => {
          reject(new Error(`handshake refused: ${response.statusCode ?? 0}`));
        });
      }),
    expectHarmlessLog: () => {
      for (const line of emulator.log().split('\n').slice(0, -1)) {
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
        expect(line).toMatch(/^(\S+ \S+( .*)? \d{3}|push .*|notified .*|drive changed: .*|)$/);
        expect(line.length).toBeLessThan(1000);
      }
      expect(emulator.log()).not.toContain('internal error in the emulator');
    },
  };
}
