import { printable } from './printable.ts';

/** What the emulator did, for its log and for tests that wait for it. */
export type EmulatorEvent =
  /** A request to Graph, sign-in or admin was answered. `path` carries no query and no delta token. */
  | { type: 'request'; method: string; path: string; status: number }
  /** A handshake on the push host was refused. */
  | { type: 'refused'; status: number; reason: string }
  | { type: 'connected'; endpointId: string; protocol: number }
  | { type: 'disconnected'; endpointId: string; reason: string }
  | { type: 'expired'; endpointId: string }
  /** The folder changed; `items` entries were added to the change log. */
  | { type: 'changed'; items: number }
  /** A notification was handed to `sockets` sockets. */
  | { type: 'notified'; sockets: number }
  /** Something that the developer should know, in one sentence. */
  | { type: 'remark'; message: string };

export type EmulatorEventType = EmulatorEvent['type'];
export type EmulatorEventOf<T extends EmulatorEventType> = Extract<EmulatorEvent, { type: T }>;

export interface EventHub {
  emit(event: EmulatorEvent): void;
  /** Calls `listener` for each event from now on. Returns a function that removes it. */
  on(listener: (event: EmulatorEvent) => void): () => void;
  /** Resolves with the next event of this type (that `accepts` accepts). */
  next<T extends EmulatorEventType>(type: T, accepts?: (event: EmulatorEventOf<T>) => boolean): Promise<EmulatorEventOf<T>>;
}

export function eventHub(): EventHub {
  const listeners = new Set<(event: EmulatorEvent) => void>();
  const on = (listener: (event: EmulatorEvent) => void): (() => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
  return {
    on,
    emit: (event) => {
      for (const listener of [...listeners]) listener(event);
    },
    next: <T extends EmulatorEventType>(type: T, accepts: (event: EmulatorEventOf<T>) => boolean = () => true) =>
      new Promise<EmulatorEventOf<T>>((resolve) => {
        const stop = on((event) => {
          if (!isOfType(event, type) || !accepts(event)) return;
          stop();
          resolve(event);
        });
      }),
  };
}

function isOfType<T extends EmulatorEventType>(event: EmulatorEvent, type: T): event is EmulatorEventOf<T> {
  return event.type === type;
}

/** Formats an event as one line of the log, safe to print whatever a client sent. */
export function logLine(event: EmulatorEvent): string {
  return printable(description(event));
}

function description(event: EmulatorEvent): string {
  switch (event.type) {
    case 'request':
      return `${event.method} ${event.path} ${event.status}`;
    case 'refused':
      return `push handshake refused ${event.status}: ${event.reason}`;
    case 'connected':
      return `push connected ${event.endpointId} (Engine.IO ${event.protocol})`;
    case 'disconnected':
      return `push disconnected ${event.endpointId}: ${event.reason}`;
    case 'expired':
      return `push endpoint expired ${event.endpointId}`;
    case 'changed':
      return `drive changed: ${event.items} item${event.items === 1 ? '' : 's'}`;
    case 'notified':
      return `notified ${event.sockets} socket${event.sockets === 1 ? '' : 's'}`;
    case 'remark':
      return event.message;
  }
}
