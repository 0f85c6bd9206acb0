import { randomUUID } from 'node:crypto';
import type { CaveError, Clock, LeasedJob, Logger } from '@cave/core';
import type { Delivered } from './work-queue-envelope.js';
import type { Delivery, Intake } from './work-queue-intake.js';
import type { JobMover } from './work-queue-mover.js';

/** A job in somebody's hands: an unacknowledged delivery with an end. */
export interface Lease {
  readonly name: string;
  readonly job: Delivered;
  readonly delivery: Delivery;
  readonly intake: Intake;
  /** Monotonic milliseconds. */
  deadline: number;
  /** The server gives up deliveries that are held too long; none is extended beyond this. */
  readonly latest: number;
  timer: NodeJS.Timeout | undefined;
}

export type Told = 'ok' | 'lost';

/** Kept from the server's own time-out, which closes the channel with all leases in it. */
const CONSUMER_TIMEOUT_SHARE = 0.9;
const EXPIRED = 'The lease expired before the job was acknowledged.';

/**
 * The server has no lease per job, so its end is ours to keep:
 *
 * ```
 *   fetched ──grant──▶ leased ──ack──▶ gone
 *                       │  ├── nack ──▶ back in the queue | in a delay queue | dead
 *                       │  └── time over ──▶ back in the queue | dead     (later calls: lost)
 *                       └── connection ended ──▶ back in the queue, by the server   (lost)
 * ```
 */
export class Leases {
  readonly #leases = new Map<string, Lease>();
  readonly #run = randomUUID();
  #numbered = 0;

  constructor(
    private readonly maxAttempts: number,
    private readonly consumerTimeoutMs: number,
    private readonly mover: JobMover,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get size(): number {
    return this.#leases.size;
  }

  /** Longest time that a lease may be asked for. */
  get longestMs(): number {
    return this.consumerTimeoutMs * CONSUMER_TIMEOUT_SHARE;
  }

  grant(intake: Intake, delivery: Delivery, job: Delivered, leaseMs: number): LeasedJob {
    const now = this.clock.monotonicMs();
    const name = `${this.#run}.${(this.#numbered += 1)}`;
    const lease: Lease = { name, job, delivery, intake, deadline: now + leaseMs, latest: now + this.longestMs, timer: undefined };
    this.#hold(lease);
    return { id: job.id, body: job.body, attempt: job.attempt, lease: name };
  }

  async ack(names: readonly string[]): Promise<readonly Told[]> {
    const taken = names.map((name) => this.#take(name));
    return tell(taken, await this.#told(taken.filter(present), (intake, deliveries) => intake.acknowledge(deliveries)));
  }

  /** Throws what keeps it from being done; the leases then go on as they were. */
  async nack(names: readonly string[], delayMs: number, reason: string): Promise<readonly Told[]> {
    const taken = names.map((name) => this.#take(name));
    const held = taken.filter(present);
    const isLast = ({ job }: Lease): boolean => job.attempt >= this.maxAttempts;
    const dead = held.filter(isLast);
    const delayed = delayMs > 0 ? held.filter((lease) => !isLast(lease)) : [];
    const moved = [...dead, ...delayed];
    const outcomes = await this.mover.put([...dead.map(({ job }) => this.mover.dead(job, reason)), ...delayed.map(({ job }) => this.mover.delayed(job, delayMs))]);
    moved.forEach((lease, index) => outcomes[index] && this.#restore(lease));
    const done = new Set(moved.filter((_, index) => outcomes[index] === null));
    for (const { job } of dead.filter((lease) => done.has(lease))) this.#buried(job, reason);
    const failure = outcomes.find(present);
    const elsewhere = new Set(moved);
    const requeued = held.filter((lease) => !elsewhere.has(lease));
    const lost = new Set([
      ...(await this.#told([...done], (intake, deliveries) => intake.acknowledge(deliveries))),
      ...(await this.#told(requeued, (intake, deliveries) => intake.requeue(deliveries))),
    ]);
    if (failure) throw failure;
    return tell(taken, lost);
  }

  /** A lease that cannot be held for as long as is asked goes back to the queue, and is lost. */
  extend(names: readonly string[], leaseMs: number): readonly Told[] {
    const deadline = this.clock.monotonicMs() + leaseMs;
    return names.map((name) => {
      const lease = this.#take(name);
      if (lease === null) return 'lost';
      if (deadline > lease.latest) {
        this.#expire(lease);
        return 'lost';
      }
      lease.deadline = deadline;
      this.#hold(lease);
      return 'ok';
    });
  }

  /** The connection ended: the server delivers them to somebody else. */
  lose(intake: Intake): void {
    for (const lease of this.#leases.values()) if (lease.intake === intake) this.#drop(lease);
  }

  /** Gives all back; the server does it when the connection closes. */
  clear(): void {
    for (const lease of this.#leases.values()) this.#drop(lease);
  }

  #hold(lease: Lease): void {
    this.#leases.set(lease.name, lease);
    lease.timer = setTimeout(() => {
      // A timer may come early by less than a millisecond.
      if (lease.deadline > this.clock.monotonicMs()) this.#hold(lease);
      else this.#expire(lease);
    }, Math.ceil(lease.deadline - this.clock.monotonicMs()));
  }

  /** Ends the lease for whoever calls, or null when it has ended before. */
  #take(name: string): Lease | null {
    const lease = this.#leases.get(name);
    if (lease === undefined) return null;
    this.#drop(lease);
    if (lease.deadline > this.clock.monotonicMs()) return lease;
    this.#expire(lease); // its time is over although the timer has not run yet
    return null;
  }

  #restore(lease: Lease): void {
    this.#hold(lease); // past its deadline the timer comes at once
  }

  #drop(lease: Lease): void {
    clearTimeout(lease.timer);
    this.#leases.delete(lease.name);
  }

  #expire(lease: Lease): void {
    this.#drop(lease);
    void this.#takeBack(lease);
  }

  async #takeBack({ job, delivery, intake }: Lease): Promise<void> {
    if (job.attempt >= this.maxAttempts) {
      const [failure] = await this.mover.put([this.mover.dead(job, EXPIRED)]);
      if (failure === null) {
        this.#buried(job, EXPIRED);
        await settled(intake.acknowledge([delivery]));
        return;
      }
      // Back in the queue it has no attempt left: the server buries it, with a reason of its own.
      this.logger.warn('work_queue_dead_letter_failed', { job: job.id, reason: failure?.message });
    }
    await settled(intake.requeue([delivery]));
  }

  /** Settles these; answers those whose connection ended before the server said that it has read it. */
  async #told(leases: readonly Lease[], settle: (intake: Intake, deliveries: readonly Delivery[]) => Promise<void>): Promise<readonly Lease[]> {
    const lost: Lease[] = [];
    // One connection as a rule; more only while it is being replaced.
    for (const intake of new Set(leases.map((lease) => lease.intake))) {
      const group = leases.filter((lease) => lease.intake === intake);
      try {
        await settle(intake, group.map(({ delivery }) => delivery));
      } catch {
        // The server delivers what it had not read; what it had read stays done. Nobody can tell which.
        lost.push(...group);
      }
    }
    return lost;
  }

  #buried(job: Delivered, reason: string): void {
    this.logger.warn('work_queue_job_dead', { job: job.id, attempts: job.attempt, reason });
  }
}

const present = <T>(one: T | null | undefined): one is T => one !== null && one !== undefined;

const tell = (taken: readonly (Lease | null)[], lost: Iterable<Lease>): readonly Told[] => {
  const gone = new Set(lost);
  return taken.map((lease) => (lease === null || gone.has(lease) ? 'lost' : 'ok'));
};

/** Where the connection has ended, the server has done it already. */
const settled = (settling: Promise<void>): Promise<void> => settling.catch((_: CaveError) => undefined);
