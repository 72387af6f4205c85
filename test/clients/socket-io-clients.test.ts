import { afterEach, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { CLIENTS, describeClient, driver, isInNpm, isInPython, linesOf, PYTHON, runClient } from './support/client.ts';

let running: RunningEmulator;
afterEach(() => running.close());

/** Sends a notification as soon as a client has joined the namespace. */
const notifyOnceConnected = async (): Promise<void> => {
  await running.emulator.events.next('connected');
  await running.emulator.admin.notify();
};

describeClient('python-socketio', isInPython('socketio', 'websocket', 'requests'), () => {
  it.each([
    ['websocket', false],
    ['polling', true],
  ])('joins both namespaces over %s and is notified on one of them', async (transport, polling) => {
    running = await runEmulator({ polling });
    const { emulator } = running;
    const endpoint = await running.graph('/v1.0/me/drive/root/subscriptions/socketIo');
    const notified = notifyOnceConnected();
    const steps = linesOf(await runClient(PYTHON, [driver('socketio_client.py'), endpoint.string('notificationUrl'), emulator.caFile, transport]));
    await notified;
    expect(steps).toEqual(expect.arrayContaining([{ connected: '/' }, { connected: '/notifications' }]));
    const { notification } = steps.find((step) => 'notification' in step) ?? {};
    expect(JSON.parse(String(notification))).toMatchObject({ value: [{ subscriptionId: endpoint.string('id') }] });
    expect(steps.filter((step) => 'unexpected' in step)).toEqual([]);
  });
});

const SP_LIST_SUBSCRIPTION = 'tarballs/@microsoft/sp-list-subscription/package';

describeClient('@microsoft/sp-list-subscription', isInNpm(SP_LIST_SUBSCRIPTION), () => {
  it('subscribes to a library and is notified', async () => {
    running = await runEmulator();
    const { emulator } = running;
    const notified = notifyOnceConnected();
    const args = [join(CLIENTS, SP_LIST_SUBSCRIPTION), emulator.graphUrl, emulator.admin.issueToken(), emulator.site.id, emulator.list.id];
    const steps = linesOf(await runClient(process.execPath, [driver('sp-list-subscription.cjs'), ...args], { NODE_EXTRA_CA_CERTS: emulator.caFile }));
    await notified;
    expect(steps[0]).toEqual({ connected: true });
    const { notification } = steps[1] ?? {};
    expect(JSON.parse(String(notification))).toMatchObject({ value: [{ resource: emulator.list.id }] });
  });
});
