/// <reference lib="esnext.disposable" preserve="true" />
export { changes, watch } from './api/watch.ts';
export type { ChangesEvent, WatchEvent } from './api/watch.ts';
export { createEmulator } from './api/create-emulator.ts';
export type * from './api/emulator.ts';
export type * from './api/options.ts';
export type * from './api/records.ts';
export type { EventStream } from './api/stream.ts';
export { WatchError } from './errors.ts';
export type { ErrorCategory, WatchErrorDetails } from './errors.ts';
