import { Hono } from 'hono';
import type { HttpEnv } from '../http/context.ts';
import { ADMIN_COMMANDS } from './commands.ts';
import { AdminUsageError, Fields } from './fields.ts';
import type { EmulatorAdmin } from './powers.ts';

/** A page cannot send this header to another origin without asking first, and is then refused. */
export const ADMIN_HEADER = 'X-Emulator-Admin';

/**
 * The admin routes: `POST /admin/{command}` with a JSON body and the header `X-Emulator-Admin: 1`;
 * 200 with a JSON answer, 400 with `{"error"}` for a body that is not understood. `GET /admin` lists
 * the commands. They exist only with `--admin`, because they hand out tokens to whoever asks.
 */
export function adminRoutes(admin: EmulatorAdmin, graphUrl: () => string, caFile: string): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.get('/', (context) => context.text(helpText(graphUrl(), caFile)));
  app.post('/:command', async (context) => {
    if (context.req.header(ADMIN_HEADER) !== '1') return context.json({ error: `The header ${ADMIN_HEADER}: 1 is missing.` }, 403);
    const name = context.req.param('command');
    const command = Object.hasOwn(ADMIN_COMMANDS, name) ? ADMIN_COMMANDS[name] : undefined;
    if (command === undefined) return context.json({ error: `No such command. GET ${graphUrl()}/admin lists them.` }, 404);
    try {
      const fields = Fields.from(await context.req.text());
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
    'An endpoint is named by the id that socketIo answered; without one, all are meant.',
    '',
    `  curl --cacert '${caFile}' -X POST -H '${ADMIN_HEADER}: 1' ${graphUrl}/admin/drop -d '{"how":"reset"}'`,
    '',
    ...commands,
  ].join('\n');
}
