// Subscribes to a library with Microsoft's own @microsoft/sp-list-subscription, as it is served to browsers, and prints what its
// callbacks receive. SharePoint's page and HTTP client are replaced by stand-ins; the socket.io client is Microsoft's.
// process.argv: the package's folder, Graph's address, a token, the site's id (host,site,web), the library's id
const console = require('node:console');
const { readFileSync, readdirSync } = require('node:fs');
const { join } = require('node:path');
const process = require('node:process');
const { runInThisContext } = require('node:vm');
const { WebSocket } = require('ws');

const [, , folder, graphUrl, token, siteId, listId] = process.argv;
const tell = (step) => console.log(JSON.stringify(step));

const ca = readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8');
// The browser's.
globalThis.WebSocket = class extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, { ca });
  }
};

let library;
globalThis.define = (_name, _dependencies, factory) => {
  library = factory(
    { Guid: { newGuid: () => ({ toString: () => 'subscription' }) } },
    { SPHttpClient: { configurations: { v1: {} } } },
    {
      _QosMonitor: class {
        writeSuccess() {}
        writeUnexpectedFailure(what, error) {
          tell({ failure: what, message: error?.message });
        }
      },
      _LogEntry: class {},
      _LogType: {},
      _EngagementLogger: { logEventWithLogEntry() {} },
    },
  );
};
const [bundle] = readdirSync(join(folder, 'dist')).filter((name) => name.endsWith('.js'));
runInThisContext(readFileSync(join(folder, 'dist', bundle), 'utf8'), { filename: bundle });

const [domain, site, web] = siteId.split(',');
const spHttpClient = {
  // The client uses SharePoint's own root; Graph has the same resource below its version. No Content-Type, since the client sends none.
  get: (path) => globalThis.fetch(`${graphUrl}${path.replace('/_api/v2.0/', '/v1.0/')}`, { headers: { authorization: `Bearer ${token}` } }),
};
const factory = new library.ListSubscriptionFactory({
  context: { pageContext: { site: { absoluteUrl: `https://${domain}/`, id: site }, web: { id: web } }, spHttpClient },
  manifest: { alias: 'test', isInternal: false },
});
const callbacks = {
  connect: () => tell({ connected: true }),
  connect_error: (error) => tell({ refused: error.message }),
  notification: (argument) => {
    tell({ notification: argument });
    factory.deleteSubscription(subscription);
    process.exit(0);
  },
};
let subscription;
factory.createSubscription({ listId, callbacks }).then(
  (created) => (subscription = created),
  (error) => {
    tell({ failed: error.message });
    process.exit(1);
  },
);
