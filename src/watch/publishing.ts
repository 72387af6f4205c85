import { cloudEvent } from '../output/cloudevents.ts';
import { safeText } from '../output/safe-text.ts';
import { toMessage } from '../publish/message.ts';
import { Publisher } from '../publish/publisher.ts';
import { USER_AGENT } from '../version.ts';
import type { CommandContext } from '../app/context.ts';
import { cloudEventOptions } from './format.ts';
import type { Handler } from './handlers.ts';
import type { NatsOptions } from './options/nats-options.ts';

export interface PublishingScene {
  options: NatsOptions;
  /** Whether lifecycle events are published, too. */
  lifecycle: boolean;
  /** Ends everything. */
  signal: AbortSignal;
}

/** `createPublishing` creates the handler that publishes each event to NATS JetStream, and starts to connect. */
export function createPublishing(context: CommandContext, { options: { address, credsFile, prefix }, lifecycle, signal }: PublishingScene): Handler {
  const { surroundings: { clock }, people, redactor } = context;
  for (const secret of [address.password, address.token]) if (secret !== undefined) redactor.add(secret);
  const publisher = new Publisher({
    clock, signal,
    open: async () => {
      const { openJetStream } = await import('../publish/jetstream-broker.ts');
      return openJetStream({ address, credsFile, prefix, name: USER_AGENT });
    },
    onTrouble: (reason) => {
      people.warn(safeText(reason === undefined ? 'NATS is reachable again; publishing continues' : `couldn't publish to NATS (${reason}); events wait until it is reachable`));
    },
    onLost: ({ subject }, reason) => { people.always(`error: ${safeText(`An event was not published to ${subject}: ${reason}.`)}`); },
  });
  publisher.start();
  const asCloudEvent = cloudEventOptions(context, lifecycle);
  return {
    failed: publisher.failed,
    get undone() {
      return publisher.undone;
    },
    add: async (event, origin) => {
      const found = cloudEvent(event, asCloudEvent);
      if (found !== undefined) await publisher.add(event.target, toMessage(found, { prefix, type: event.type, target: event.target }), origin);
    },
    checkpoint: ({ target }, commit, stream) => publisher.checkpoint(target, commit, stream),
    drain: (stream) => publisher.drain(stream),
    forget: (stream) => { publisher.forget(stream); },
    doneUpTo: (stream, last) => publisher.doneUpTo(stream, last),
    close: () => publisher.close(),
  };
}
