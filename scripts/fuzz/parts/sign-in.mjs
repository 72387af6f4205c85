import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../../../bench/lib/certificates.mjs';
import { mutated } from '../mutate.mjs';
import { jsonAnswer, rawServer, SILENCE } from '../raw-server.mjs';
import { shortRuns } from '../short-runs.mjs';

// A sign-in service that breaks its discovery document, device codes or token answers. In the end it declines.

const SECRETS = ['BAQABIQEAAADnfolhJpSnRY5c', 'EwCIA8l6BAAU7PzvQnxFo2Ykq9Zd4Wt1', 'M.C507_BL2.0.U.Ck3VtYh6sXqP9d'];
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function run(part) {
  const place = mkdtempSync(join(tmpdir(), 'graph-watch-fuzz-'));
  const files = await makeCertificate(place);
  const tls = { key: readFileSync(files.key), cert: readFileSync(files.cert) };
  const rows = await shortRuns(part, async (_folder, { random, isTerminated }) => {
    const broken = random.between(1, 3);
    let asked = 0;
    const seen = [];
    let sent = '';
    const server = await rawServer((head) => {
      asked += 1;
      if (isTerminated && random.between(0, 1) === 0) return SILENCE;
      if (asked > 8) return jsonAnswer({ error: 'authorization_declined' }, '400 Bad Request');
      const right = JSON.stringify(rightAnswer(head, `https://127.0.0.1:${server.port}`));
      if (asked > broken + 2 || random.between(0, 2) === 0) {
        sent += right;
        return jsonAnswer(right);
      }
      const body = mutated(right, random, { secrets: SECRETS, issued: SECRETS.filter((secret) => sent.includes(secret)), extra: ['http://evil.test/', 'https://a:b@127.0.0.1/', 'javascript:alert(1)', '--help', '\u001b[31m'] });
      seen.push(body);
      return jsonAnswer(body, random.pick(['200 OK', '200 OK', '400 Bad Request', '500 Oops']));
    }, tls);
    return {
      args: random.pick([['login'], ['login', '--debug']]), secrets: SECRETS, close: () => server.close(),
      env: { NODE_EXTRA_CA_CERTS: files.cert, GRAPH_WATCH_AUTHORITY: `https://127.0.0.1:${server.port}/common`, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' },
      get repeat() { return JSON.stringify(seen); },
    };
  });
  rmSync(place, { recursive: true, force: true });
  return rows;
}

function rightAnswer(head, root) {
  if (head.includes('openid-configuration')) {
    return { issuer: `${root}/{tenantid}/v2.0`, authorization_endpoint: `${root}/common/oauth2/v2.0/authorize`, token_endpoint: `${root}/common/oauth2/v2.0/token`, jwks_uri: `${root}/keys` };
  }
  if (head.includes('/devicecode')) return { user_code: 'ABCD1234', device_code: SECRETS[0], verification_uri: `${root}/device`, expires_in: 5, interval: 0, message: 'x' };
  const claims = { iss: `${root}/v2.0`, aud: 'x', tid: 't', oid: 'o', sub: 's', preferred_username: 'ada@example.com', exp: 9_999_999_999 };
  return {
    token_type: 'Bearer', scope: 'Files.Read openid profile', expires_in: 3600, access_token: SECRETS[1], refresh_token: SECRETS[2],
    id_token: `${encode({ alg: 'none' })}.${encode(claims)}.`, client_info: encode({ uid: 'u', utid: 't' }),
  };
}
