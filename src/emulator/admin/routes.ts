import { Hono } from 'hono';
import { textOf } from '../http/context.ts';
import type { HttpEnv } from '../http/context.ts';
import { ADMIN_COMMANDS } from './commands.ts';
import { AdminUsageError, Fields } from './fields.ts';
import type { EmulatorAdmin } from './admin.ts';

/** A page in a browser needs a CORS preflight to send this header to another origin, and the preflight fails. */
export const ADMIN_HEADER = 'X-Emulator-Admin';

/** The limit for a body, in bytes: enough for any payload of `notify` that a test may want. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * The admin routes: `POST /admin/{command}` with a JSON body and the header `X-Emulator-Admin: 1`;
 * 200 with a JSON answer, 400 with `{"error"}` for an invalid body. `GET /admin` lists the commands.
 * They exist only with `--admin`, because they give tokens to anyone who asks.
 */
export function adminRoutes(admin: EmulatorAdmin, graphUrl: () => string, caFile: string): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get('/', (context) => context.text(helpText(graphUrl(), caFile)));
  app.post('/:command', async (context) => {
    if (context.req.header(ADMIN_HEADER) !== '1') return context.json({ error: `Missing header: ${ADMIN_HEADER}: 1.` }, 403);
    const name = context.req.param('command');
    const command = Object.hasOwn(ADMIN_COMMANDS, name) ? ADMIN_COMMANDS[name] : undefined;
    if (command === undefined) return context.json({ error: `Unknown command. GET ${graphUrl()}/admin lists the commands.` }, 404);
    try {
      const fields = Fields.from(await textOf(context, MAX_BODY_BYTES));
      const act = command.prepare(fields, admin);
      fields.refuseOthers();
      const result = (await act()) ?? { done: true };
      return context.json(result);
    } catch (error) {
      if (error instanceof AdminUsageError) return context.json({ error: error.message, body: command.body }, 400);
      throw error;
    }
  });
  return app;
}

function helpText(graphUrl: string, caFile: string): string {
  const commands = Object.entries(ADMIN_COMMANDS).map(([name, { body, does }]) => `POST /admin/${name} ${body}\n    ${does}\n`);
  return [
    'The emulator’s admin routes. Each takes a JSON body and the header X-Emulator-Admin: 1.',
    '"endpoint" is the id in the answer of socketIo; without it, a command applies to all endpoints.',
    '',
    `  curl --cacert '${caFile}' -X POST -H '${ADMIN_HEADER}: 1' ${graphUrl}/admin/drop -d '{"how":"reset"}'`,
    '',
    ...commands,
  ].join('\n');
}
