// A base image for tests where no registry can be reached: this machine's own Node, npm, shell
// and C library in an otherwise empty root. It stands in for the image that the Dockerfile
// names, and proves nothing about that one.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync, chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the Dockerfile's RUN lines call, with what npm itself calls. */
const PROGRAMS = ['sh', 'cp', 'mkdir', 'chown', 'chmod', 'rm', 'env'];
/** Loaded by name and not by a program's list of libraries, or only by native packages. */
const FURTHER_LIBRARIES = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2', 'librt.so.1', 'libutil.so.1', 'libatomic.so.1'];

const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).trim();

/** Makes `root` a root directory that Node, npm and a shell run in. */
export function makeStandIn(root) {
  for (const directory of ['usr/bin', 'usr/lib', 'usr/lib64', 'etc', 'root', 'dev', 'proc', 'sys', 'run', 'var/lib', 'tmp']) mkdirSync(join(root, directory), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  for (const [link, target] of [['bin', 'usr/bin'], ['sbin', 'usr/bin'], ['lib', 'usr/lib'], ['lib64', 'usr/lib64']]) symlinkSync(target, join(root, link));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  writeFileSync(join(root, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');

  const programs = [['/usr/bin/node', process.execPath], ...PROGRAMS.map((name) => [`/usr/bin/${name}`, run('sh', '-c', `command -v ${name}`)])];
  for (const [to, from] of programs) {
    copy(from, join(root, to));
    for (const library of librariesOf(realpathSync(from))) copy(library, join(root, library));
  }
  const libc = librariesOf(realpathSync(process.execPath)).find((path) => path.includes('/libc.so'));
  for (const name of FURTHER_LIBRARIES) {
    const path = join(dirname(libc), name);
    if (existsSync(path)) copy(path, join(root, path));
  }

  cpSync(join(run('npm', 'root', '--global'), 'npm'), join(root, 'usr/lib/node_modules/npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/bin/npm'));
  // Where this machine's npm finds its packages and whom it trusts.
  for (const path of [run('npm', 'config', 'get', 'globalconfig'), run('npm', 'config', 'get', 'cafile'), '/etc/ssl/certs/ca-certificates.crt']) {
    if (existsSync(path)) copy(path, join(root, path));
  }
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(realpathSync(from), to);
}

function librariesOf(program) {
  return [...run('ldd', program).matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path);
}
