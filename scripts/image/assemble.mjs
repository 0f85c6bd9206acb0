// Part of the Dockerfile: puts together what the image of one app holds.
//
//   assemble.mjs APP COMPILED INSTALLED TARGET
//
// COMPILED is all of CAVE, built; in INSTALLED npm installed what all of it needs to run. TARGET
// gets what APP needs, that is what its manifest names, and the manifests of these, and so on,
// wherever Node finds it. (npm's own choice of a workspace also follows what CAVE's packages
// need for development.) CAVE's own packages come without tests, types and maps.
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

const [app = '', compiled = '', installed = '', target = ''] = process.argv.slice(2);

/** Directories of packages below INSTALLED, and the links by which CAVE's own are found. */
const packages = new Set();
const links = new Map();
visit(join('apps', app));

const own = [...packages].filter((path) => !path.split('/').includes('node_modules'));
for (const path of packages) {
  if (own.includes(path)) copyOwn(path);
  // What another package brought into it is a package of its own here.
  else cpSync(join(installed, path), join(target, path), { recursive: true, filter: (from) => basename(from) !== 'node_modules' });
}
for (const [link, path] of links) {
  mkdirSync(dirname(join(target, link)), { recursive: true });
  symlinkSync(relative(dirname(link), path), join(target, link));
}
cpSync(join(compiled, 'scripts', 'image', 'healthcheck.mjs'), join(target, 'healthcheck.mjs'));
writeList();
console.log(`${app}: ${packages.size} packages, of CAVE's own ${own.sort().join(' ')}`);

function visit(path) {
  if (packages.has(path)) return;
  packages.add(path);
  const manifest = JSON.parse(readFileSync(join(installed, path, 'package.json'), 'utf8'));
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const wanted = { ...dependencies, ...peerDependencies, ...optionalDependencies };
  for (const name of Object.keys(wanted)) {
    const found = find(name, path);
    if (found !== undefined) visit(found);
    // Optional ones are for other machines, or for what nobody here uses.
    else if (!(name in optionalDependencies) && peerDependenciesMeta[name]?.optional !== true) throw new Error(`${path} needs ${name}, which is not installed.`);
  }
}

/** Where Node finds a package from the directory of another: in the nearest node_modules above it. */
function find(name, from) {
  for (let directory = from; ; directory = dirname(directory)) {
    const path = join(directory, 'node_modules', name);
    if (basename(directory) !== 'node_modules' && existsSync(join(installed, path))) {
      const real = relative(realpathSync(installed), realpathSync(join(installed, path)));
      if (real !== path) links.set(path, real);
      return real;
    }
    if (directory === '.') return undefined;
  }
}

function copyOwn(path) {
  // Beside programs, an app has its shipped configuration, www the client, and the schema its scripts.
  for (const part of ['package.json', 'dist/src', 'dist/client', 'conf', 'scripts']) {
    const from = join(compiled, path, part);
    if (existsSync(from)) cpSync(from, join(target, path, part), { recursive: true, filter: (one) => !/\.(?:d\.ts|map)$/.test(one) });
  }
}

/** npm's list of what it installed, with versions and checksums, cut down to what is here; programs that look for flaws read it. */
function writeList() {
  const list = JSON.parse(readFileSync(join(installed, 'node_modules', '.package-lock.json'), 'utf8'));
  const here = Object.fromEntries(Object.entries(list.packages).filter(([path]) => packages.has(path) || links.has(path)));
  writeFileSync(join(target, 'node_modules', '.package-lock.json'), JSON.stringify({ ...list, packages: here }, null, 2));
}
