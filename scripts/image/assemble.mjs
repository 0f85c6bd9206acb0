// Part of the Dockerfile: makes an installation of one service's packages what its image holds.
//
//   assemble.mjs COMPILED APP
//
// COMPILED is all of CAVE, built. In APP npm installed what one service needs to run, beside the
// manifests of all packages; npm's links say which of CAVE's own packages it needs. These get
// their programs, without tests, types and maps; what is left of the others goes.
import { cpSync, existsSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

const [compiled = '', app = ''] = process.argv.slice(2);
const root = realpathSync(app);
const scope = join(root, 'node_modules', '@cave');
const needed = new Set(readdirSync(scope).map((name) => relative(root, realpathSync(join(scope, name)))));

for (const directory of packages()) {
  const to = join(root, directory);
  if (!needed.has(directory)) {
    rmSync(to, { recursive: true });
    continue;
  }
  const from = join(compiled, directory);
  cpSync(join(from, 'dist', 'src'), join(to, 'dist', 'src'), { recursive: true, filter: (path) => !/\.(?:d\.ts|map)$/.test(path) });
  // An app's shipped configuration, and the scripts of the schema.
  for (const part of ['conf', 'scripts']) if (existsSync(join(from, part))) cpSync(join(from, part), join(to, part), { recursive: true });
}
for (const name of ['package.json', 'package-lock.json', '.npmrc']) rmSync(join(root, name));
cpSync(join(compiled, 'scripts', 'image', 'healthcheck.mjs'), join(root, 'healthcheck.mjs'));
console.log([...needed].sort().join(' '));

/** Directories of all packages, as the root's manifest names them: `core`, `adapters/*`. */
function packages() {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(root, parent)).map((name) => `${parent}/${name}`);
  });
}
