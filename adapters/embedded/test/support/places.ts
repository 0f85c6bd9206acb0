import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One temporary directory for a test file; each place is a directory in it. */
export class Places {
  readonly #base = mkdtempSync(join(tmpdir(), 'cave-embedded-'));

  directory(place: string): string {
    return join(this.#base, place);
  }

  remove(place: string): Promise<void> {
    return rm(this.directory(place), { recursive: true, force: true });
  }

  removeAll(): Promise<void> {
    return rm(this.#base, { recursive: true, force: true });
  }
}
