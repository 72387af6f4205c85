// A program that uses the API's types; scripts/check-package.mjs compiles it against the installed package.
import { changes, createEmulator, watch, WatchError } from 'graph-watch';
import type {
  ChangeEvent, ChangedItem, ChangeKind, ChangesEvent, ChangesOptions, Emulator, EmulatorConnection, ErrorCategory, EventStream, GapEvent, LifecycleEvent, Log, NotificationEvent,
  PositionStore, TokenFunction, WatchOptions, WatchTarget,
} from 'graph-watch';

type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
const holds = <Condition extends true>(): Condition | undefined => undefined;

const token: TokenFunction = ({ refused, signal }) => (signal.aborted ? '' : refused === undefined ? 'a' : Promise.resolve('b'));
const log: Log = (message, level) => { if (level === 'warning') throw new Error(message); };
const resume: PositionStore = { load: () => null, save: async (position) => { position.toUpperCase(); } };
const target: WatchTarget = { site: 'contoso.sharepoint.com', list: 'Documents' };

// Options decide about the type of the events; where they may, the events may be there.
const plain = changes('me', { token });
holds<Same<typeof plain, EventStream<ChangeEvent>>>();
const lively = changes(target, { token, lifecycle: true, log, resume });
holds<Same<typeof lively, EventStream<ChangeEvent | LifecycleEvent>>>();
const everything = changes({ url: new URL('https://contoso.sharepoint.com') }, { token: 'x', lifecycle: true, notifications: true });
holds<Same<typeof everything, EventStream<ChangeEvent | LifecycleEvent | NotificationEvent>>>();
const options: ChangesOptions = { token };
const open = changes('me', options);
holds<Same<typeof open, EventStream<ChangesEvent<boolean, boolean>>>>();
holds<Same<ChangesEvent<boolean, boolean>, ChangeEvent | LifecycleEvent | NotificationEvent>>();
const quiet = watch('me', { token, lifecycle: false } satisfies WatchOptions);
holds<Same<typeof quiet, EventStream<NotificationEvent>>>();

export async function use(): Promise<ChangedItem[]> {
  const items: ChangedItem[] = [];
  for await (const event of lively) {
    switch (event.type) {
      case 'change': {
        const kind: ChangeKind = event.change;
        const path: string | undefined = event.item.path ?? event.previous?.path;
        items.push(event.item);
        if (kind === 'deleted' && path !== undefined) await lively.ack(event);
        break;
      }
      case 'gap': {
        const { from, to, catchup }: GapEvent = event;
        if (catchup !== true) throw new Error(`${from} ${to}`);
        break;
      }
      case 'ready':
      case 'renewed':
        break;
      case 'reconnecting':
        log(event.reason, 'info');
    }
  }
  await using emulator: Emulator = await createEmulator({ lifetime: '5m', users: [{ userPrincipalName: 'ada@example.com' }] });
  const connection: EmulatorConnection = emulator.connection;
  emulator.fail({ kind: 'answer', status: 429, retryAfter: 1, path: '/v1.0/me' });
  await using stream = watch('me', { ...connection, lifecycle: true });
  const { done, value } = await stream.next();
  if (done !== true && value.type === 'notification') log(String(value.data), 'info');
  try {
    await stream.close();
  } catch (error) {
    if (!(error instanceof WatchError)) throw error;
    const category: ErrorCategory = error.category;
    log(`${category} ${error.hint ?? ''} ${error.code ?? ''} ${String(error.status)} ${error.requestId ?? ''}`, 'warning');
  }
  return items;
}

// @ts-expect-error A target is not a number.
watch(5, { token });
// @ts-expect-error There is no such option.
changes('me', { token, recheckEvery: 5 });
// @ts-expect-error Without options there is no token.
changes('me');
// @ts-expect-error A notification has no item.
(await quiet.next()).value?.item;
