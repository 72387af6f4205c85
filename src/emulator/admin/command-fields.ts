import type { Fault } from '../http/faults.ts';
import type { DeltaQuirks } from '../options.ts';
import type { Drop } from '../push/connection-faults.ts';
import type { EmulatorAdmin } from './admin.ts';
import { AdminUsageError } from './fields.ts';
import type { Fields } from './fields.ts';

/** Arms a fault for the requests that `count` and `pathPrefix` name. */
export function arming(fields: Fields, admin: EmulatorAdmin, fault: Fault): () => void {
  const options = { count: fields.number('count'), pathPrefix: fields.text('pathPrefix') };
  return () => {
    admin.arm(fault, options);
  };
}

export function dropOf(how: unknown): Drop {
  if (how === 'disconnect' || how === 'reset' || how === 'silent') return how;
  // RFC 6455, 7.4: the codes that an application may send in a close frame.
  if (typeof how === 'number' && (how === 1000 || how === 1001 || (how >= 1007 && how <= 1014) || (how >= 3000 && how <= 4999))) return how;
  throw new AdminUsageError('"how" must be disconnect, reset, silent or a WebSocket close code.');
}

export function quirksOf(fields: Fields): Partial<DeltaQuirks> {
  const given = {
    emptyFirst: fields.flag('emptyFirst'),
    repeats: fields.oneOf('repeats', ['none', 'within-page', 'across-pages']),
    withoutPath: fields.flag('withoutPath'),
    deletedShape: fields.oneOf('deletedShape', ['personal', 'business']),
    deletedState: fields.flag('deletedState'),
    linkForm: fields.oneOf('linkForm', ['query', 'function']),
    ancestors: fields.flag('ancestors'),
    order: fields.oneOf('order', ['folders-first', 'children-first']),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
