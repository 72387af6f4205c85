// Signs in with an @azure/identity credential, configured by the environment, and prints the token or the error as one line of JSON.
// process.argv: the folder with node_modules, the kind of credential, the scope
const console = require('node:console');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const process = require('node:process');

const [, , folder, kind, scope] = process.argv;
const identity = createRequire(join(folder, 'package.json'))('@azure/identity');
const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_AUTHORITY_HOST: authorityHost, SECRET, CERTIFICATE, AZURE_FEDERATED_TOKEN_FILE: tokenFilePath } = process.env;
const options = { authorityHost, disableInstanceDiscovery: true, retryOptions: { maxRetries: 0 } };

const credentials = {
  secret: () => new identity.ClientSecretCredential(tenant, client, SECRET, options),
  certificate: () => new identity.ClientCertificateCredential(tenant, client, { certificatePath: CERTIFICATE }, options),
  workload: () => new identity.WorkloadIdentityCredential({ tenantId: tenant, clientId: client, tokenFilePath, ...options }),
};

credentials[kind]().getToken(scope).then(
  ({ token, expiresOnTimestamp }) => console.log(JSON.stringify({ token, expiresOnTimestamp })),
  (error) => console.log(JSON.stringify({ error: error.name, message: error.message })),
);
