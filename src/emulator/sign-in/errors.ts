/**
 * SignInError is an error of the sign-in service. Clients branch on `error`; the AADSTS number says what to do.
 * Source: Microsoft Entra, "v2-oauth2-device-code" and "reference-error-codes".
 */
export class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly error: string;
  readonly aadsts: number;
  readonly status: number;

  constructor(error: string, aadsts: number, message: string, status = 400) {
    super(message);
    this.error = error;
    this.aadsts = aadsts;
    this.status = status;
  }
}

export interface SignInErrorBody {
  error: string;
  error_description: string;
  error_codes: number[];
  timestamp: string;
  trace_id: string;
  correlation_id: string;
  error_uri: string;
}

export function signInErrorBody(
  error: SignInError,
  context: { origin: string; nowMs: number; traceId: string; correlationId: string },
): SignInErrorBody {
  const timestamp = `${new Date(context.nowMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return {
    error: error.error,
    error_description:
      `AADSTS${error.aadsts}: ${error.message} Trace ID: ${context.traceId} ` +
      `Correlation ID: ${context.correlationId} Timestamp: ${timestamp}`,
    error_codes: [error.aadsts],
    timestamp,
    trace_id: context.traceId,
    correlation_id: context.correlationId,
    error_uri: `${context.origin}/error?code=${error.aadsts}`,
  };
}

export const missingParameter = (name: string): SignInError =>
  new SignInError('invalid_request', 900144, `The request body must contain the following parameter: '${name}'.`);

export const unknownTenant = (tenant: string): SignInError =>
  new SignInError('invalid_tenant', 90002, `Tenant '${tenant}' not found. Check that you have the correct tenant ID.`);

export const invalidClient = (aadsts: number, message: string): SignInError => new SignInError('invalid_client', aadsts, message, 401);

export const invalidGrant = (aadsts: number, message: string): SignInError => new SignInError('invalid_grant', aadsts, message);
