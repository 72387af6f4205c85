import { percentEncoded } from '../lib/percent-encoding.ts';
import { subjectOf } from './subject.ts';

/** Message is one event on its way to JetStream. */
export interface Message {
  subject: string;
  /** The event's id, by which a stream recognizes a message that it already has. */
  id: string;
  headers: Readonly<Record<string, string>>;
  /** JSON. */
  body: string;
}

/** What must be encoded in a header's value: everything but printable ASCII, and also space, `"` and `%`. */
const ENCODED = /[^\x21-\x7E]|["%]/gu;

/**
 * `toMessage` puts a CloudEvent into a message in binary mode: each attribute in a header of its own, `ce-<name>`, its
 * value percent-encoded as CloudEvents' HTTP binding (3.1.3.2) says, and the data as the body. Source: CloudEvents,
 * NATS protocol binding; `datacontenttype` is an attribute like any other there.
 */
export function toMessage(
  { attributes, data }: { attributes: Readonly<Record<string, string>>; data: string },
  place: { prefix: string; type: string; target: string },
): Message {
  const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, percentEncoded(value, ENCODED)]));
  return { subject: subjectOf(place.prefix, place.type, place.target), id: attributes.id ?? '', headers, body: data };
}
