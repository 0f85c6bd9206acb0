import { CaveError, type ErrorCode } from '@cave/core';

/** What is of importance in an error that the SDK throws. */
interface SdkError extends Error {
  readonly code?: string;
  readonly errno?: number;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
}

/** Whether a call changes something: only then is a lost answer an unknown outcome. */
export type CallKind = 'reads' | 'writes';

const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'LimitExceededException',
  'SubscriptionLimitExceeded',
  'TopicLimitExceeded',
  'OverLimit',
  'KMSThrottlingException',
  'KmsThrottled',
]);
/** Who signs is not known, or signs with another key than AWS knows. */
const NO_SUCH_KEY = new Set(['UnrecognizedClientException', 'InvalidClientTokenId', 'SignatureDoesNotMatch', 'InvalidSignatureException', 'InvalidSignature', 'IncompleteSignature', 'MissingAuthenticationToken', 'MissingAuthenticationTokenException', 'InvalidAccessKeyId']);
const DENIED = new Set(['AccessDeniedException', 'AccessDenied', 'AuthorizationError', 'AuthorizationErrorException', 'NotAuthorized', 'OptInRequired', 'KMSAccessDeniedException', 'KmsAccessDenied']);
const MISSING = new Set(['ResourceNotFoundException', 'QueueDoesNotExist', 'NotFound', 'NotFoundException', 'AWS.SimpleQueueService.NonExistentQueue']);
const CONFLICTING = new Set(['ConditionalCheckFailedException', 'ResourceInUseException', 'QueueNameExists', 'ResourceAlreadyExistsException']);
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ERR_TLS_CERT_ALTNAME_INVALID', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']);
const SERVER_ERROR = 500;

/** The vendor's name of what went wrong, such as `ResourceNotFoundException`. */
export function awsErrorName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/**
 * An error of the SDK as one of core's. `what` is the call in words, such as `Kinesis
 * PutRecords on "raw-metric-data"`. For a call that writes, whatever may have arrived is
 * `unknown_outcome`: AWS may have done it and its answer got lost.
 */
export function toAwsError(error: unknown, what: string, kind: CallKind): CaveError {
  if (error instanceof CaveError) return error;
  const given = error as SdkError;
  const code = codeOf(given, kind);
  return new CaveError(code, `${what} failed: ${sentence(given, code)}`, { cause: error, details: { aws: given.name } });
}

function codeOf(error: SdkError, kind: CallKind): ErrorCode {
  const { name } = error;
  if (name === 'AbortError') return 'aborted';
  if (name === 'CredentialsProviderError' || NO_SUCH_KEY.has(name) || /region is missing/i.test(error.message)) return 'configuration';
  if (DENIED.has(name)) return 'forbidden';
  if (THROTTLED.has(name) || error.$retryable?.throttling === true) return 'resource_exhausted';
  if (MISSING.has(name)) return 'not_found';
  if (CONFLICTING.has(name)) return 'conflict';
  const status = error.$metadata?.httpStatusCode;
  if (status !== undefined && status < SERVER_ERROR && error.$metadata !== undefined && !isBroken(error)) return 'invalid_argument';
  if (NEVER_SENT.has(error.code ?? '') || isConnectTimeout(error)) return 'unavailable';
  return kind === 'writes' ? 'unknown_outcome' : 'unavailable';
}

/** The SDK gives up connecting by a TimeoutError that says so; one that waits for an answer says otherwise. */
function isConnectTimeout(error: SdkError): boolean {
  return error.name === 'TimeoutError' && /socket did not establish a connection|connection timed out/i.test(error.message);
}

/** An answer that is none of the service's, such as a proxy's page. */
function isBroken(error: SdkError): boolean {
  return error.name === 'Error' || error.name === 'SyntaxError';
}

function sentence(error: SdkError, code: ErrorCode): string {
  const text = error.message === '' ? error.name : error.message.split('\n', 1)[0] ?? '';
  if (code === 'configuration' && error.name === 'CredentialsProviderError') return `no credentials were found (${text}). Give access-key and secret-key, or what the AWS SDK's own chain finds, such as a role.`;
  if (code === 'configuration' && /region is missing/i.test(text)) return 'no region is known. Set region, or AWS_REGION.';
  if (code === 'configuration') return `AWS does not accept the credentials (${error.name}: ${text}). Check access-key and secret-key.`;
  if (code === 'forbidden') return `the policy of these credentials does not allow it (${text}).`;
  return error.name === 'Error' || text.startsWith(error.name) ? text : `${error.name}: ${text}`;
}
