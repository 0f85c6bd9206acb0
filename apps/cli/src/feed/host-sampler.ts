import { hostname } from 'node:os';
import { currentLoad, disksIO, fsSize, fsStats, mem, networkStats } from 'systeminformation';
import type { PointJson } from '../client/types.js';

/**
 * Reads this computer. Rates are averages since the sampler's reading before, so the first
 * reading has none; what an operating system does not tell is left out.
 */
export class HostSampler {
  constructor(readonly host: string = hostname()) {}

  /** Every metric now, with `timestamp` in seconds. Percentages 0–100, sizes in bytes, rates per second. */
  async sample(timestamp: number): Promise<readonly PointJson[]> {
    const [cpu, memory, disks, disk, operations, networks] = await Promise.all([currentLoad(), mem(), fsSize(), fsStats(), disksIO(), networkStats('*')]);
    const one = (name: string, value: number | null | undefined, tags: Readonly<Record<string, string>> = {}): readonly PointJson[] =>
      typeof value === 'number' && Number.isFinite(value) ? [{ name, timestamp, value, tags: { host: this.host, ...tags } }] : [];
    return [
      ...one('host.cpu.busy', cpu.currentLoad),
      ...one('host.cpu.user', cpu.currentLoadUser),
      ...one('host.cpu.system', cpu.currentLoadSystem),
      ...one('host.load', cpu.avgLoad),
      ...one('host.memory.total', memory.total),
      // Caches can be had back at once, so they are not counted as used.
      ...one('host.memory.used', memory.total - memory.available),
      ...one('host.memory.available', memory.available),
      ...one('host.swap.used', memory.swapused),
      ...disks.flatMap(({ mount, size, used }) => [...one('host.disk.size', size, { mount: short(mount) }), ...one('host.disk.used', used, { mount: short(mount) })]),
      // Null where the operating system does not tell them, against the library's types.
      ...one('host.disk.read', optional(disk)?.rx_sec),
      ...one('host.disk.written', optional(disk)?.wx_sec),
      ...one('host.disk.operations', optional(operations)?.tIO_sec),
      ...networks.flatMap(({ iface, rx_sec: received, tx_sec: sent }) => [...one('host.network.received', received, { interface: short(iface) }), ...one('host.network.sent', sent, { interface: short(iface) })]),
    ];
  }
}

function optional<T>(value: T): T | null {
  return value;
}

/** A tag value is shorter than 128 characters. */
function short(text: string): string {
  return text.slice(0, 127);
}
