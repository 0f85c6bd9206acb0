import { CaveError, toCaveError } from '@cave/core';
import protocolErrors from 'kafkajs/src/protocol/error.js';

/** Error codes of the Kafka protocol that this adapter acts on. Source: kafka.apache.org/protocol#protocol_error_codes. */
export const KAFKA = {
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  MESSAGE_TOO_LARGE: 10,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  RECORD_LIST_TOO_LARGE: 18,
  NOT_ENOUGH_REPLICAS: 19,
  ILLEGAL_GENERATION: 22,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  TOPIC_ALREADY_EXISTS: 36,
  NOT_CONTROLLER: 41,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  UNKNOWN_PRODUCER_ID: 59,
  FENCED_LEADER_EPOCH: 74,
  UNKNOWN_LEADER_EPOCH: 75,
  MEMBER_ID_REQUIRED: 79,
  INVALID_RECORD: 87,
  POLICY_VIOLATION: 44,
  THROTTLING_QUOTA_EXCEEDED: 89,
  UNKNOWN_TOPIC_ID: 100,
  INCONSISTENT_TOPIC_ID: 103,
} as const;

const AUTHORIZATION: readonly number[] = [KAFKA.TOPIC_AUTHORIZATION_FAILED, KAFKA.GROUP_AUTHORIZATION_FAILED, KAFKA.CLUSTER_AUTHORIZATION_FAILED];

/** The protocol's name of a code and what it says. */
export function codeText(code: number): string {
  const known = protocolErrors.errorCodes.find((error) => error.code === code);
  return known === undefined ? `error code ${code}` : `${known.type}: ${known.message}`;
}

/** What a broker answered instead of doing what it was asked, as a sentence about `what`. */
export function brokerError(code: number, what: string, place: string): CaveError {
  const details = { kafkaErrorCode: code };
  if (AUTHORIZATION.includes(code)) {
    return new CaveError('forbidden', `Kafka at ${place} does not let this user ${what} (${codeText(code)}); grant it by an ACL.`, { details });
  }
  return new CaveError('unavailable', `Kafka at ${place} cannot ${what} now (${codeText(code)}).`, { details });
}

/** The code that a broker answered with, of an error made by `brokerError`; -1 for any other. */
export function brokerCode(error: unknown): number {
  const code = error instanceof CaveError ? error.details['kafkaErrorCode'] : undefined;
  return typeof code === 'number' ? code : -1;
}

/** Throws unless the broker answered with success. */
export function mustSucceed(code: number, what: string, place: string): void {
  if (code !== KAFKA.NONE) throw brokerError(code, what, place);
}

/** Of something that may be asked again: whether the question arrived does not matter. */
export function asUnavailable(error: unknown): CaveError {
  const caught = toCaveError(error);
  return caught.code === 'unknown_outcome' ? new CaveError('unavailable', caught.message, { cause: caught }) : caught;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
