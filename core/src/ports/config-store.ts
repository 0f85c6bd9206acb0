import type { Alert, AlertSettings, AlertVersion } from '../domain/alert.js';
import type { AlertEvent } from '../domain/alert-event.js';
import type { AlertHealth, AlertState, AlertStatus, Verdict } from '../domain/alert-state.js';
import type { ConfigurationChange } from '../domain/configuration-change.js';
import type { OrganizationRole, Role } from '../domain/role.js';
import type { Lifecycle } from './lifecycle.js';
import type { Notification } from './notifier.js';

/*
 * The config store: repositories over Postgres. Ids are decimal texts. "Deleted" is soft
 * (`deleted_at`), and nothing deleted is ever returned unless the method says so. Methods
 * throw `conflict` for a violated uniqueness, `unavailable` when the database cannot be
 * reached, `unknown_outcome` when a commit's answer was lost.
 */

// ---------------------------------------------------------------- tenants

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly notificationUrl: string;
  /** HMAC secret of its notifications. */
  readonly signingSecret: string;
  readonly cluster: string | null;
  /** Database key: minted once, never used again. */
  readonly database: string;
  readonly version: number;
}

export interface Team {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly cluster: string | null;
  readonly database: string;
  readonly version: number;
}

/** The owner of metrics, tokens and alerts: an organization, or one of its teams. */
export interface TenantRef {
  readonly organizationId: string;
  /** Null: the organization itself. */
  readonly teamId: string | null;
}

export interface Tenant {
  readonly organization: Organization;
  readonly team: Team | null;
}

export interface OrganizationRepository {
  /** `conflict` when the name is taken (without regard to case). */
  insert(organization: Omit<Organization, 'id' | 'version'>): Promise<Organization>;
  findByName(name: string): Promise<Organization | null>;
  findById(id: string): Promise<Organization | null>;
  /** Row lock until the end of the transaction. */
  lock(id: string): Promise<Organization | null>;
  update(id: string, change: { readonly email?: string; readonly notificationUrl?: string; readonly cluster?: string | null; readonly signingSecret?: string }): Promise<Organization>;
  delete(id: string): Promise<Organization>;
}

export interface TeamRepository {
  insert(team: Omit<Team, 'id' | 'version'>): Promise<Team>;
  findByName(organizationId: string, name: string): Promise<Team | null>;
  findById(id: string): Promise<Team | null>;
  list(organizationId: string): Promise<readonly Team[]>;
  update(id: string, change: { readonly cluster: string | null }): Promise<Team>;
  delete(id: string): Promise<Team>;
}

// ---------------------------------------------------------------- people

export interface User {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  /** PHC string (argon2id). Never leaves the identity service. */
  readonly passwordHash: string;
}

export interface UserRepository {
  /** `conflict` when the email is taken (without regard to case). */
  insert(user: Omit<User, 'id'>): Promise<User>;
  findByEmail(email: string): Promise<User | null>;
  findById(id: string): Promise<User | null>;
  update(id: string, change: { readonly firstName?: string; readonly lastName?: string; readonly passwordHash?: string }): Promise<User>;
  /** Users who share an organization (directly or through a team) with `userId`, whose name or email contains `text`. */
  searchColleagues(userId: string, text: string, limit: number): Promise<readonly User[]>;
}

export interface Member {
  readonly user: User;
  readonly role: Role;
}

/** Who may do what where. Works on an organization (`teamId` null) or on a team. */
export interface MembershipRepository {
  role(tenant: TenantRef, userId: string): Promise<Role | null>;
  /** True when the user is a member of any team of the organization. */
  inAnyTeam(organizationId: string, userId: string): Promise<boolean>;
  list(tenant: TenantRef): Promise<readonly Member[]>;
  /** `conflict` when there already. */
  add(tenant: TenantRef, userId: string, role: Role): Promise<void>;
  /** False: not a member. */
  setRole(tenant: TenantRef, userId: string, role: Role): Promise<boolean>;
  remove(tenant: TenantRef, userId: string): Promise<boolean>;
  /** Admins, with the rows locked until the end of the transaction, so that the last one cannot be lost. */
  lockAdmins(tenant: TenantRef): Promise<readonly string[]>;
  organizationsOf(userId: string): Promise<readonly { readonly name: string; readonly role: OrganizationRole }[]>;
  teamsOf(userId: string, organizationId: string): Promise<readonly { readonly name: string; readonly role: Role }[]>;
  /** An invitation of somebody who has not registered yet. Repeating it replaces the role. */
  invite(tenant: TenantRef, email: string, role: Role): Promise<void>;
  /** Takes an invitation back. False: there was none. */
  uninvite(tenant: TenantRef, email: string): Promise<boolean>;
  /** Turns all invitations of this email into memberships; answers how many. */
  acceptInvitations(email: string, userId: string): Promise<number>;
}

// ---------------------------------------------------------------- secrets

export interface Token {
  readonly id: string;
  readonly tenant: TenantRef;
  readonly description: string;
  /** What a listing may show, such as the last four characters. */
  readonly hint: string;
  readonly createdAt: Date;
}

export interface TokenRepository {
  /** `hash` is SHA-256 of the secret, 32 bytes. */
  insert(token: Omit<Token, 'id' | 'createdAt'> & { readonly hash: Uint8Array }): Promise<Token>;
  findByHash(hash: Uint8Array): Promise<Token | null>;
  list(tenant: TenantRef): Promise<readonly Token[]>;
  find(tenant: TenantRef, id: string): Promise<Token | null>;
  delete(tenant: TenantRef, id: string): Promise<boolean>;
  /** Number of live tokens, with the tenant's row locked until the end of the transaction. */
  lockAndCount(tenant: TenantRef): Promise<number>;
  deleteAll(tenant: TenantRef): Promise<void>;
}

export interface SessionRepository {
  insert(session: { readonly hash: Uint8Array; readonly userId: string; readonly expiresAt: Date }): Promise<void>;
  /** Expired ones are returned too, so that the caller can say so, until `deleteExpired` took them. */
  findByHash(hash: Uint8Array): Promise<{ readonly userId: string; readonly expiresAt: Date } | null>;
  delete(hash: Uint8Array): Promise<void>;
  deleteOfUser(userId: string): Promise<void>;
  /** Deletes those that expired before the given time; answers how many. */
  deleteExpired(before: Date): Promise<number>;
}

export type ConfirmationPurpose = 'register' | 'reset_password';

export interface ConfirmationRepository {
  insert(confirmation: { readonly hash: Uint8Array; readonly purpose: ConfirmationPurpose; readonly email: string; readonly expiresAt: Date }): Promise<void>;
  /** Single use: deletes it and answers whose it was; null when unknown or expired at `now`. */
  consume(hash: Uint8Array, purpose: ConfirmationPurpose, now: Date): Promise<{ readonly email: string } | null>;
  deleteExpired(before: Date): Promise<number>;
}

// ---------------------------------------------------------------- alerts

/** What the scheduler keeps in memory of each enabled alert, and nothing more. */
export interface ScheduledAlert {
  readonly id: string;
  readonly version: number;
  readonly enabled: boolean;
  /** Seconds; daily alerts have 86400. */
  readonly periodSeconds: number;
  /** Ticks are offset + k·period; of a daily alert the second of the day. */
  readonly offsetSeconds: number;
  /** Ticks up to this second belong to the version before. */
  readonly effectiveFrom: number;
}

/** An alert, and where its last recorded check has left it. */
export interface AlertWithStatus {
  readonly alert: Alert;
  readonly status: AlertStatus;
}

/** Narrows a list; what is undefined narrows nothing. */
export interface AlertFilter {
  /** Part of the description or of the condition, without regard to case (Unicode's, one character at a time); every character means itself. */
  readonly text?: string | undefined;
  readonly state?: AlertState['state'] | undefined;
  readonly health?: AlertHealth | undefined;
  readonly enabled?: boolean | undefined;
}

export interface AlertPage {
  /**
   * `created`: the oldest first. `urgency`: what is firing, then what is in bad health, then the
   * rest; within each the newest change of state first, those that never changed last, and among
   * equals the youngest alert first.
   */
  readonly order: 'created' | 'urgency';
  readonly limit: number;
  readonly offset: number;
}

export interface AlertRepository {
  insert(tenant: TenantRef, settings: AlertSettings, derived: { readonly version: Omit<AlertVersion, 'version' | 'deleted' | 'offsetSeconds'>; offset(alertId: string): number }): Promise<Alert>;
  find(tenant: TenantRef, id: string): Promise<AlertWithStatus | null>;
  /** One statement, however many alerts; deleted ones never. */
  list(tenant: TenantRef, filter: AlertFilter, page: AlertPage): Promise<readonly AlertWithStatus[]>;
  /** How many alerts all pages of `list` hold together. */
  count(tenant: TenantRef, filter: AlertFilter): Promise<number>;
  /**
   * Locks the state row until the end of the transaction and answers alert and state; taken
   * before every edit, so that `effectiveFrom` = max(now, last recorded tick) holds.
   */
  lock(tenant: TenantRef, id: string): Promise<{ readonly alert: Alert; readonly state: AlertState } | null>;
  /** Saves the settings as version + 1, and a row of versions (every save makes one). */
  update(id: string, settings: AlertSettings, version: Omit<AlertVersion, 'version' | 'deleted'>): Promise<Alert>;
  /** Soft delete, with a last version that is `deleted`. */
  delete(id: string, effectiveFrom: number): Promise<Alert>;
  idsOf(tenant: TenantRef): Promise<readonly string[]>;
  /** Enabled alerts over all tenants. */
  countEnabled(): Promise<number>;
  /** Every enabled alert, in pages by id: the scheduler's snapshot. */
  scheduled(afterId: string | null, limit: number): Promise<readonly ScheduledAlert[]>;
  /** These alerts as they are now; deleted and disabled ones have `enabled: false`. */
  scheduledByIds(ids: readonly string[]): Promise<readonly ScheduledAlert[]>;
  /**
   * Alerts with a version not settled yet that ended or changed their ticking (finish what
   * was due, resolve when disabled or deleted): (alert, tick up to which a job is owed, version).
   */
  unsettled(limit: number): Promise<readonly { readonly alertId: string; readonly tick: number; readonly version: number }[]>;
}

/** What a worker needs to know of one alert to evaluate its due ticks. */
export interface AlertWork {
  readonly alert: Alert;
  readonly tenant: Tenant;
  /** Deleted alerts too, as long as they are not settled. */
  readonly deleted: boolean;
  readonly state: AlertState;
  /** Versions that govern ticks after `state.lastTick`, oldest first (at least one). */
  readonly versions: readonly AlertVersion[];
}

/** One recorded verdict: a row of the ledger and a point of `alertsHistory`. */
export interface LedgerRow {
  readonly tick: number;
  readonly verdict: Verdict;
  /** 1 firing, 0 ok, −1 no data or error. */
  readonly value: 1 | 0 | -1;
}

/** A message to one receiver, created with the event that causes it. */
export interface NewDelivery {
  readonly eventId: string;
  /** `webhook:<url>` or `mail:<address>`: deliveries of one alert to one receiver keep their order. */
  readonly receiver: string;
  readonly notification: Notification;
}

/** All that one evaluation run of one alert changes. Committed as one, or not at all. */
export interface CheckCommit {
  readonly alertId: string;
  /** Compare-and-set: the state row must still have this last tick… */
  readonly expectedLastTick: number | null;
  /** …and the alert must still have this version. */
  readonly expectedVersion: number;
  readonly state: AlertState;
  readonly ledger: readonly LedgerRow[];
  readonly events: readonly AlertEvent[];
  readonly deliveries: readonly NewDelivery[];
  /** Database and cluster that the history points go to. */
  readonly database: string;
  readonly cluster: string | null;
}

export interface AlertStateRepository {
  load(alertIds: readonly string[]): Promise<readonly AlertWork[]>;
  /**
   * Commits many in one transaction and a bounded number of statements; answers for each, in
   * order. `stale`: somebody recorded or edited meanwhile; nothing of it was written.
   */
  commit(commits: readonly CheckCommit[]): Promise<readonly ('committed' | 'stale')[]>;
  find(alertId: string): Promise<AlertState | null>;
  /** Newest first, before (tick, id) of the last one seen. */
  events(alertId: string, page: { readonly limit: number; readonly offset: number }): Promise<readonly AlertEvent[]>;
}

/** A history point on its way to the raw stream. */
export interface PendingHistory {
  readonly id: string;
  readonly alertId: string;
  readonly tick: number;
  readonly value: 1 | 0 | -1;
  readonly error: string | null;
  readonly database: string;
  readonly cluster: string | null;
}

export interface HistoryOutboxRepository {
  /** Unsent rows, oldest first, skipping those another relay holds. In a transaction. */
  take(limit: number): Promise<readonly PendingHistory[]>;
  delete(ids: readonly string[]): Promise<void>;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'given_up';

export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly alertId: string;
  readonly receiver: string;
  readonly notification: Notification;
  readonly signingSecret: string;
  readonly status: DeliveryStatus;
  /** Attempts made before this one. */
  readonly attempts: number;
  readonly createdAt: Date;
}

export interface DeliveryAttempt {
  readonly deliveryId: string;
  readonly at: Date;
  readonly outcome: 'delivered' | 'retry' | 'refused';
  readonly httpStatus: number | null;
  /** The receiver's answer or the error, shortened. */
  readonly answer: string;
}

export interface DeliveryRepository {
  /**
   * Leases due deliveries whose predecessors of the same (alert, receiver) are all settled,
   * to this dispatcher for `leaseSeconds`. The lease is longer than any request's time-out.
   * Organizations take turns: first the one with the fewest leases of this dispatcher, never
   * more than `perOrganization` of them at once; within one, what is due the longest.
   */
  lease(dispatcher: string, leaseSeconds: number, places: { readonly limit: number; readonly perOrganization: number }): Promise<readonly Delivery[]>;
  /**
   * Records an attempt. False when the lease is another's by now (nothing written). With
   * `given_up`, `fallback` is inserted in the same transaction.
   */
  settle(dispatcher: string, attempt: DeliveryAttempt, next: { readonly status: 'delivered' | 'given_up' } | { readonly status: 'pending'; readonly retryInSeconds: number }, fallback?: NewDelivery): Promise<boolean>;
  /** Deliveries of these events, with their attempts, newest first. */
  ofEvents(eventIds: readonly string[]): Promise<readonly (Delivery & { readonly log: readonly DeliveryAttempt[] })[]>;
  /** Seconds until the next delivery may be due; null when none is pending. */
  nextDueSeconds(): Promise<number | null>;
}

// ---------------------------------------------------------------- coordination

export interface PendingChange {
  readonly id: string;
  readonly change: ConfigurationChange;
}

export interface ChangeOutboxRepository {
  /** In the same transaction as the change itself. */
  add(changes: readonly ConfigurationChange[]): Promise<void>;
  /** Any unsent rows (SKIP LOCKED), oldest first; never "ids above a cursor". In a transaction. */
  take(limit: number): Promise<readonly PendingChange[]>;
  delete(ids: readonly string[]): Promise<void>;
}

/** Work on metrics stores that a committed change owes: create or drop a database. */
export interface PendingStoreTask {
  readonly id: string;
  readonly task: 'create_database' | 'drop_database';
  readonly database: string;
  readonly cluster: string | null;
}

export interface StoreTaskRepository {
  add(tasks: readonly Omit<PendingStoreTask, 'id'>[]): Promise<void>;
  take(limit: number): Promise<readonly PendingStoreTask[]>;
  delete(ids: readonly string[]): Promise<void>;
}

export interface NumberRepository {
  /** Reserves [first, first + size); no number is ever handed out twice. */
  reserve(size: number): Promise<number>;
}

export interface OfficeRepository {
  /** Increments the epoch: whoever took office before is deposed from here on. */
  takeOffice(office: string): Promise<{ readonly epoch: number; readonly watermark: number | null }>;
  /** False: the epoch is another's by now, nothing was written. The watermark never moves backwards. */
  advanceWatermark(office: string, epoch: number, watermark: number): Promise<boolean>;
  find(office: string): Promise<{ readonly epoch: number; readonly watermark: number | null } | null>;
}

export interface AuditRecord {
  /** Email of the user, `token:<id>`, or `cave`. */
  readonly who: string;
  /** Such as `alert.update organization/gilt/alert/42`. */
  readonly what: string;
  readonly from: string;
  /** What changed; no secrets. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditRepository {
  add(record: AuditRecord): Promise<void>;
  list(limit: number): Promise<readonly (AuditRecord & { readonly at: Date })[]>;
}

/** An issue of CAVE itself, at `/status`. */
export interface StatusIssue {
  readonly id: string;
  /** One open issue for each kind, such as `late_pipeline`. */
  readonly kind: string;
  readonly message: string;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
}

export interface StatusRepository {
  /** Opens it unless one of the kind is open; idempotent. */
  open(kind: string, message: string): Promise<void>;
  close(kind: string): Promise<void>;
  current(): Promise<readonly StatusIssue[]>;
  recent(limit: number): Promise<readonly StatusIssue[]>;
}

/** How much is kept of what would grow for ever. */
export interface KeepLimits {
  /** Events with their deliveries, and closed status issues; seconds. */
  readonly eventSeconds: number;
  /** Of one alert, the newest. */
  readonly eventsPerAlert: number;
  readonly auditSeconds: number;
  /** Only alerts with an event younger than this are looked at for too many events; seconds. */
  readonly busySeconds: number;
}

export interface Pruned {
  readonly events: number;
  readonly deliveries: number;
  readonly issues: number;
  readonly audit: number;
}

export interface PruningRepository {
  /**
   * Deletes what is beyond the limits, oldest first and at most about `rows` of each kind, so
   * that one call stays short; answers how many. Ages are by the store's clock. A delivery that
   * is pending is never deleted.
   */
  prune(limits: KeepLimits, rows: number): Promise<Pruned>;
}

// ---------------------------------------------------------------- the port

export interface Repositories {
  readonly organizations: OrganizationRepository;
  readonly teams: TeamRepository;
  readonly users: UserRepository;
  readonly memberships: MembershipRepository;
  readonly tokens: TokenRepository;
  readonly sessions: SessionRepository;
  readonly confirmations: ConfirmationRepository;
  readonly alerts: AlertRepository;
  readonly alertStates: AlertStateRepository;
  readonly historyOutbox: HistoryOutboxRepository;
  readonly deliveries: DeliveryRepository;
  readonly changeOutbox: ChangeOutboxRepository;
  readonly storeTasks: StoreTaskRepository;
  readonly numbers: NumberRepository;
  readonly offices: OfficeRepository;
  readonly audit: AuditRepository;
  readonly status: StatusRepository;
  readonly pruning: PruningRepository;
}

export interface ConfigStoreCapabilities {
  /** Other processes may use the same store. Default true; false for the embedded one. */
  readonly crossesProcesses: boolean;
}

/**
 * Repositories called on the store itself each run on their own; inside `transaction` they
 * run on it, and all of it is durable when `transaction` resolves. Calling the store itself
 * from within a transaction's work is a defect and throws `internal` (on one connection it
 * would wait for itself). A work function that throws rolls back; serialisation failures are
 * retried a bounded number of times, so the work must be repeatable.
 */
export interface ConfigStore extends Lifecycle, Repositories {
  readonly capabilities: ConfigStoreCapabilities;
  transaction<T>(work: (repositories: Repositories) => Promise<T>): Promise<T>;
  /** The store's clock, milliseconds since the epoch: what `Clock` is calibrated by. */
  nowMs(): Promise<number>;
}
