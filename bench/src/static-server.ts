import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const EMPTY_PAGE = '<!doctype html><html lang="en"><title>Empty</title><body></body></html>';

/**
 * Serves a built client from a directory on a free port of this machine: its files, an empty page
 * at `/empty`, and its index.html for every other address, as the client has its routes itself.
 * There is no api behind it: calls below `/api/` are answered with 404.
 */
export async function serveClient(directory: string): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    void answer(directory, new URL(request.url ?? '/', 'http://localhost').pathname).then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function answer(directory: string, path: string): Promise<{ status: number; type: string; body: string | Buffer }> {
  if (path === '/empty') return { status: 200, type: TYPES['.html'] as string, body: EMPTY_PAGE };
  if (path.startsWith('/api/')) return { status: 404, type: 'application/json', body: '{}' };
  const file = normalize(join(directory, extname(path) === '' ? 'index.html' : path));
  if (!file.startsWith(directory + sep)) return { status: 404, type: 'text/plain', body: '' };
  try {
    return { status: 200, type: TYPES[extname(file)] ?? 'application/octet-stream', body: await readFile(file) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { status: 404, type: 'text/plain', body: '' };
    return { status: 500, type: 'text/plain', body: String(error) };
  }
}
