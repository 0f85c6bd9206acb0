import type { PartitionState } from './raw-stream-log.js';

/** What a group asks of its members. */
export interface GroupMember {
  /** Holds exactly these partitions from now on. */
  assign(partitions: readonly PartitionState[]): void;
  /** Ends its wait for records, if it waits. */
  wake(): void;
  close(): Promise<void>;
}

/**
 * The members of one consumer group and who holds which partition. All members live in this
 * process, so a rebalance happens at once: the old owner's next checkpoint is `lost`.
 */
export class StreamGroup {
  readonly #members: GroupMember[] = [];
  /** Partition → owner. */
  readonly #owners = new Map<PartitionState, GroupMember>();

  /** `mustServe` throws `closed` once the stream is. */
  constructor(readonly name: string, private readonly partitions: readonly PartitionState[], readonly mustServe: () => void) {}

  get members(): readonly GroupMember[] {
    return this.#members;
  }

  join(member: GroupMember): void {
    this.#members.push(member);
    this.#rebalance();
  }

  leave(member: GroupMember): void {
    const index = this.#members.indexOf(member);
    if (index < 0) return;
    this.#members.splice(index, 1);
    this.#rebalance();
  }

  /** Everybody keeps what is within the fair share; the rest goes to whoever has less. */
  #rebalance(): void {
    const held = new Map<GroupMember, PartitionState[]>(this.#members.map((member) => [member, []]));
    const share = Math.floor(this.partitions.length / Math.max(1, this.#members.length));
    let extra = this.partitions.length - share * this.#members.length;
    const free: PartitionState[] = [];
    for (const partition of this.partitions) {
      const owner = this.#owners.get(partition);
      const kept = owner === undefined ? undefined : held.get(owner);
      if (kept !== undefined && kept.length < share) kept.push(partition);
      else if (kept !== undefined && kept.length === share && extra > 0) {
        kept.push(partition);
        extra--;
      } else free.push(partition);
    }
    this.#owners.clear();
    for (const [member, partitions] of held) {
      while (partitions.length < share || (partitions.length === share && extra > 0)) {
        const next = free.shift();
        if (next === undefined) break;
        if (partitions.length === share) extra--;
        partitions.push(next);
      }
      for (const partition of partitions) this.#owners.set(partition, member);
    }
    for (const [member, partitions] of held) member.assign(partitions);
  }
}
