import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { undeclared } from './declared.mjs';
import { forbidden } from './rules.mjs';

/**
 * Every source directory below `root`: `<package>/{src,test}`, and those of the web client and its tests in a browser, which are parts of www.
 * @param {string} root
 */
function sourceDirectories(root) {
  const packages = ['core', 'conformance', 'schema', 'bench', 'stack', 'test-servers', ...['adapters', 'apps'].flatMap((parent) => (existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : [])), 'apps/www/ui', 'apps/www/e2e'];
  return packages.flatMap((name) => ['src', 'test'].map((part) => `${name}/${part}`)).filter((path) => existsSync(join(root, path)));
}

/**
 * Checks the TypeScript sources below `root` against the rules. Throws when it saw no module,
 * which would otherwise pass for a clean result.
 * @param {string} root
 * @returns {Promise<{ modules: number, violations: readonly { rule: string, from: string, to: string }[] }>}
 */
export async function check(root) {
  const directories = sourceDirectories(root);
  const { output } = await cruise(
    directories,
    {
      baseDir: root,
      validate: true,
      ruleSet: { forbidden },
      tsPreCompilationDeps: true,
      combinedDependencies: true,
      doNotFollow: { path: ['node_modules', '/dist/'] },
      exclude: { path: ['scripts/dependency-rules/fixtures'] },
      moduleSystems: ['es6', 'cjs'],
    },
    { conditionNames: ['types', 'import', 'node', 'default'], exportsFields: ['exports'], extensions: ['.ts', '.tsx', '.d.ts', '.js', '.mjs', '.json'], extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
  );
  if (typeof output === 'string') throw new Error(output);
  const own = output.modules.filter((module) => /\.tsx?$/.test(module.source) && directories.some((directory) => module.source.startsWith(`${directory}/`)));
  if (own.length === 0) throw new Error(`dependency-cruiser saw no module below ${root}; its result says nothing.`);
  const violations = output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
  return { modules: own.length, violations: [...violations, ...undeclared(root, own)] };
}
