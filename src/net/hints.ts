/** For 407, which only a proxy answers. */
export const PROXY_SIGN_IN_HINT = 'Name user and password in HTTPS_PROXY: http://<user>:<password>@<host>:<port>.';

/** What to do about a failure of the network, by Node's error code. */
export function hintFor(code: string | undefined): string | undefined {
  switch (code ?? '') {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'Check the network and the name; behind a proxy set HTTPS_PROXY.';
    case 'ECONNREFUSED':
      return 'Nothing listens there: check the address, and that the server is running.';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'The certificate is not from a known authority: name yours in NODE_EXTRA_CA_CERTS.';
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return 'Check the clock of this machine.';
    default:
      return undefined;
  }
}
