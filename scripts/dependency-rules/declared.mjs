import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Imports of this repository's own packages that the importer does not declare. npm links all
 * of them side by side, so that an undeclared one is found all the same, here and nowhere else;
 * dependency-cruiser takes them for local files. What only tests import may be a development
 * dependency.
 * @param {string} root
 * @param {readonly { source: string, dependencies: readonly { module: string }[] }[]} modules
 * @returns {readonly { rule: string, from: string, to: string }[]}
 */
export function undeclared(root, modules) {
  const manifests = new Map();
  const manifestOf = (name) => {
    // A part of a package, as the web client is of www, has the package's manifest.
    const path = join(root, name, 'package.json');
    if (!manifests.has(name)) manifests.set(name, existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : manifestOf(dirname(name)));
    return manifests.get(name);
  };
  return modules.flatMap(({ source, dependencies }) => {
    const [, importer = '', part] = /^(.*?)\/(src|test)\//.exec(source) ?? [];
    return dependencies.flatMap(({ module }) => {
      const [imported] = /^@cave\/[^/]+/.exec(module) ?? [];
      if (imported === undefined) return [];
      const { name, dependencies: declared = {}, devDependencies = {} } = manifestOf(importer);
      const known = { [name]: '', ...declared, ...(part === 'test' ? devDependencies : {}) };
      return imported in known ? [] : [{ rule: 'nothing-undeclared', from: source, to: imported }];
    });
  });
}
