import { DiscardPolicy, StorageType } from '@nats-io/jetstream';

const BUCKET = 'graph-watch-soak';
const UNLIMITED = -1;

/**
 * Creates the stream of events (who publishes is in the subject: fleet.<member>.change.<drive>), the cluster's bucket, with a
 * history without limit, and a mirror of it, from which nothing is ever removed.
 */
export async function prepareStreams(nats) {
  await nats.with(async ({ streams }) => {
    await streams.add({ name: 'fleet', subjects: ['fleet.>'], storage: StorageType.File, duplicate_window: 3_600 * 1e9 });
    await streams.add({
      name: `KV_${BUCKET}`, subjects: [`$KV.${BUCKET}.>`], storage: StorageType.File, max_msgs_per_subject: UNLIMITED,
      discard: DiscardPolicy.New, allow_rollup_hdrs: true, deny_delete: true, allow_direct: false,
    });
    await streams.add({ name: 'history', storage: StorageType.File, mirror: { name: `KV_${BUCKET}` } });
  });
}

/** Every revision of the bucket, in order: `value` is the text, `undefined` where the key was deleted. */
export async function readHistory(nats) {
  return (await nats.read('history')).map(({ subject, headers, text, seq, at }) => ({
    key: subject.slice(`$KV.${BUCKET}.`.length), value: headers?.has('KV-Operation') === true ? undefined : text, revision: seq, at,
  }));
}
