import { closeSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/*
 * Why a commit that was answered survives a power cut.
 *
 * PGlite starts Postgres with fsync off, and its file layer has no fsync: what Postgres asks
 * to be flushed never is. Here Postgres runs with fsync on, and with
 * `wal_sync_method = fsync`, because the file layer answers `fdatasync`, the default, without
 * asking the file system, whereas `fsync` reaches the hook below. So Postgres' own ordering
 * holds as on any server: WAL before the answer to a commit, WAL before data pages, data
 * files and directories before the control file at a checkpoint.
 */

interface Stream {
  /** Absent for directories, which the file layer does not open. */
  readonly nfd?: number;
  readonly node: object;
}

interface EmscriptenModule {
  readonly FS: { getPath(node: object): string };
  readonly NODEFS: {
    readonly stream_ops: {
      fsync?: (stream: Stream) => number;
      write(stream: Stream, buffer: Uint8Array, offset: number, length: number, position: number): number;
    };
  };
}

const PGDATA = '/pglite/data';
const WAL = `${PGDATA}/pg_wal/`;
/** errno of WASI's EIO: Postgres then panics, as it must when a flush failed. */
const EIO = 29;

export class DurableFiles extends NodeFS {
  #walBytes = 0;

  /** Bytes written to the WAL since the last call. */
  takeWalBytes(): number {
    const bytes = this.#walBytes;
    this.#walBytes = 0;
    return bytes;
  }

  override async init(pg: Parameters<NodeFS['init']>[0], options: Parameters<NodeFS['init']>[1]): ReturnType<NodeFS['init']> {
    const result = await super.init(pg, options);
    const hook = (module: EmscriptenModule): void => {
      const operations = module.NODEFS.stream_ops;
      operations.fsync = (stream) => this.#flush(module, stream);
      const write = operations.write.bind(operations);
      operations.write = (stream, buffer, offset, length, position) => {
        const written = write(stream, buffer, offset, length, position);
        if (module.FS.getPath(stream.node).startsWith(WAL)) this.#walBytes += written;
        return written;
      };
    };
    return { ...result, emscriptenOpts: { ...result.emscriptenOpts, preRun: [...(result.emscriptenOpts.preRun ?? []), hook] } };
  }

  #flush(module: EmscriptenModule, stream: Stream): number {
    try {
      if (stream.nfd !== undefined) {
        fsyncSync(stream.nfd);
        return 0;
      }
      const path = module.FS.getPath(stream.node);
      if (!path.startsWith(PGDATA)) return 0; // Postgres' installation, which lives in memory
      const directory = openSync(join(this.rootDir, path.slice(PGDATA.length)), 'r');
      try {
        fsyncSync(directory);
      } finally {
        closeSync(directory);
      }
      return 0;
    } catch {
      return EIO;
    }
  }
}

/** PGlite's own parameters but `-F` (fsync off), and ours. */
export function startParameters(): string[] {
  const settings = ['shared_buffers=16MB', 'fsync=on', 'wal_sync_method=fsync', 'synchronous_commit=on'];
  return [...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'), ...settings.flatMap((setting) => ['-c', setting])];
}
