import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { chmod, link, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CaveError } from '@cave/core';
import { expect } from 'chai';
import { lockDataDirectory } from '../src/data-directory.js';

const FIXTURE = fileURLToPath(new URL('./fixtures/hold-directory.js', import.meta.url));

interface Answer {
  readonly held: boolean;
  readonly message?: string;
}

/** A real process that takes the directory when it is told to. */
class Contender {
  readonly #lines: AsyncIterator<string>;

  private constructor(readonly process: ChildProcessWithoutNullStreams) {
    this.#lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  }

  static async ready(directory: string, service: string): Promise<Contender> {
    const contender = new Contender(spawn(process.execPath, [FIXTURE, directory, service]));
    contender.process.stderr.pipe(process.stderr);
    expect(await contender.#line()).to.equal('ready');
    return contender;
  }

  async take(): Promise<Answer> {
    this.process.stdin.write('go\n');
    return JSON.parse(await this.#line()) as Answer;
  }

  async end(signal?: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, 'exit');
    if (signal === undefined) this.process.stdin.end();
    else this.process.kill(signal);
    await exit;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('The process ended without an answer.');
    return value;
  }
}

async function refusal(promise: Promise<unknown>): Promise<CaveError> {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(CaveError);
    return error as CaveError;
  }
  throw new Error('The directory was given away twice.');
}

describe('lockDataDirectory', function () {
  this.timeout(60_000);
  let base: string;
  const contenders: Contender[] = [];
  const contender = async (directory: string, service = 'api'): Promise<Contender> => {
    const one = await Contender.ready(directory, service);
    contenders.push(one);
    return one;
  };

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'cave-data-directory-'));
  });

  afterEach(async () => {
    await Promise.all(contenders.splice(0).map((one) => one.end('SIGKILL')));
    await rm(base, { recursive: true, force: true });
  });

  it('creates the directory for its owner alone and leaves no temporary file', async () => {
    const directory = join(base, 'a', 'b');
    const lock = await lockDataDirectory(directory, { service: 'api' });
    expect((await stat(directory)).mode & 0o777).to.equal(0o700);
    expect((await readdir(directory)).filter((name) => name.endsWith('.tmp'))).to.deep.equal([]);
    await lock.release();
  });

  it('gives the directory to exactly one of ten that start at once, and names it to the others', async () => {
    const directory = join(base, 'data');
    const ten = await Promise.all(Array.from({ length: 10 }, (_, index) => contender(directory, `service-${String(index)}`)));
    const answers = await Promise.all(ten.map((one) => one.take()));
    const winners = ten.filter((_, index) => answers[index]?.held === true);
    expect(winners).to.have.length(1);
    const service = `service-${String(ten.indexOf(winners[0] as Contender))}`;
    for (const answer of answers.filter(({ held }) => !held)) {
      expect(answer.message).to.include(`process ${String(winners[0]?.process.pid)}, the service ${service}, since 20`);
    }
  });

  it('gives it on at once when the holder is killed, every time', async () => {
    const directory = join(base, 'data');
    for (let round = 0; round < 5; round += 1) {
      const holder = await contender(directory);
      const next = await contender(directory);
      expect((await holder.take()).held).to.equal(true);
      await holder.end('SIGKILL');
      expect((await next.take()).held).to.equal(true);
      await next.end();
    }
  });

  it('is not misled by what an earlier holder left, though its process id is in use', async () => {
    const directory = join(base, 'data');
    await mkdir(directory);
    await writeFile(join(directory, 'holder.json'), JSON.stringify({ pid: process.ppid, service: 'api', since: '2020-01-01T00:00:00.000Z' }));
    const lock = await lockDataDirectory(directory, { service: 'api' });
    await lock.release();
  });

  it('survives a process that was killed while it made the lock file', async () => {
    const directory = join(base, 'data');
    await mkdir(directory);
    await writeFile(join(directory, 'lock-00ff.tmp'), 'half');
    const lock = await lockDataDirectory(directory, { service: 'api' });
    expect(await readdir(directory)).to.not.include('lock-00ff.tmp');
    await lock.release();
  });

  it('refuses a second lock within one process, by whatever path', async () => {
    const directory = join(base, 'data');
    const lock = await lockDataDirectory(directory, { service: 'all-in-one', url: 'http://127.0.0.1:7001' });
    await symlink(directory, join(base, 'alias'));
    const error = await refusal(lockDataDirectory(join(base, 'alias'), { service: 'worker' }));
    expect(error.code).to.equal('configuration');
    expect(error.message).to.include(`process ${String(process.pid)}, the service all-in-one at http://127.0.0.1:7001, since `);
    // The refused attempt must not have let go of the first one's lock.
    expect((await (await contender(directory)).take()).held).to.equal(false);
    await lock.release();
  });

  it('lets exactly one of two calls at once in one process win', async () => {
    const directory = join(base, 'data');
    const results = await Promise.allSettled([lockDataDirectory(directory, { service: 'a' }), lockDataDirectory(directory, { service: 'b' })]);
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won).to.have.length(1);
    await won[0]?.value.release();
  });

  it('can be released twice and taken again', async () => {
    const directory = join(base, 'data');
    const first = await lockDataDirectory(directory, { service: 'api' });
    await Promise.all([first.release(), first.release()]);
    const other = await contender(directory);
    expect((await other.take()).held).to.equal(true);
    await first.release();
    const error = await refusal(lockDataDirectory(directory, { service: 'api' }));
    expect(error.message).to.include(`process ${String(other.process.pid)}, the service api`);
    await other.end();
    await (await lockDataDirectory(directory, { service: 'api' })).release();
  });

  it('says so when the directory cannot be created', async () => {
    await writeFile(join(base, 'file'), '');
    const error = await refusal(lockDataDirectory(join(base, 'file', 'data'), { service: 'api' }));
    expect(error.code).to.equal('configuration');
    expect(error.message).to.match(/^The data directory .*\/file\/data \(data-dir, CAVE_DATA_DIR\) cannot be used: .*ENOTDIR/);
  });

  it('says so when the directory cannot be written', async () => {
    const directory = join(base, 'data');
    await mkdir(directory);
    if (process.getuid?.() === 0) {
      // Root may write everywhere, so a lock file that is no regular file stands in for a lack of rights.
      await mkdir(join(directory, 'lock.duckdb'));
    } else {
      await chmod(directory, 0o500);
    }
    const error = await refusal(lockDataDirectory(directory, { service: 'api' }));
    expect(error.code).to.equal('configuration');
    expect(error.message).to.include('It must be a directory that this user may write.');
    await chmod(directory, 0o700);
  });

  it('says so when the lock file is no lock file', async () => {
    const directory = join(base, 'data');
    await mkdir(directory);
    await writeFile(join(base, 'other'), 'not ours');
    await link(join(base, 'other'), join(directory, 'lock.duckdb'));
    const error = await refusal(lockDataDirectory(directory, { service: 'api' }));
    expect(error.code).to.equal('configuration');
    expect(error.message).to.include('cannot be used');
  });
});
