/**
 * SECRET_VARIABLES lists the environment variables that contain a token, a credential or the way to one. A command that the watch runs never
 * gets them: it would have access to the drive as the user, or as the app.
 */
export const SECRET_VARIABLES: ReadonlySet<string> = new Set([
  'GRAPH_WATCH_TOKEN', 'GRAPH_WATCH_TOKEN_FILE', 'GRAPH_WATCH_TOKEN_COMMAND',
  'AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PATH', 'AZURE_CLIENT_CERTIFICATE_PASSWORD', 'AZURE_FEDERATED_TOKEN_FILE',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_URL', 'IDENTITY_HEADER', 'MSI_SECRET',
  'NATS_URL', 'NATS_CREDS', 'GRAPH_WATCH_SERVE_TOKEN',
]);
