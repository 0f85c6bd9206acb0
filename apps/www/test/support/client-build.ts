import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

export const SCRIPT = `console.log(${JSON.stringify('x'.repeat(2000))});\n`;
const INDEX = '<!doctype html>\n<html lang="en">\n<head>\n<title>CAVE</title>\n</head>\n<body><div id="root"></div></body>\n</html>\n';

export interface ClientBuild {
  readonly directory: string;
  remove(): Promise<void>;
}

/** A directory as the client's build leaves one: a page, an asset in three forms, one in one form, a file with a plain name. */
export async function buildClient(): Promise<ClientBuild> {
  const directory = await mkdtemp(join(tmpdir(), 'cave-www-client-'));
  await mkdir(join(directory, 'assets'));
  const files: Readonly<Record<string, string | Buffer>> = {
    'index.html': INDEX,
    'index.html.gz': gzipSync(INDEX),
    'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    LICENSE: 'MIT',
    '.secret': 'a file that begins with a dot',
    'assets/app-4f3a.js': SCRIPT,
    'assets/app-4f3a.js.br': brotliCompressSync(SCRIPT),
    'assets/app-4f3a.js.gz': gzipSync(SCRIPT),
    'assets/plain-77aa.css': 'body { margin: 0; }',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content);
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
