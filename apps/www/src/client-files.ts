import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { CaveError } from '@cave/core';
import type { Request, Response } from 'express';

/** Names in this folder carry a hash of what is inside: such a file never changes. */
const HASHED = '/assets/';
const FOR_EVER = 'public, max-age=31536000, immutable';
/** Kept, but asked for anew each time whether it is still the same. */
const REVALIDATED = 'no-cache';

/** Ways in which the build compresses a file, best first, and how the names of the results end. */
const ENCODINGS = [['br', '.br'], ['gzip', '.gz']] as const;

interface Variant {
  readonly body: Buffer;
  readonly etag: string;
}

interface ClientFile {
  /** By content coding; `identity` always. */
  readonly variants: ReadonlyMap<string, Variant>;
  readonly cacheControl: string;
}

/**
 * The built client, read once at the start: what is served cannot lie outside of it, whatever a
 * path says, and a build under way does not mix old and new files. A few megabytes.
 */
export class ClientFiles {
  private constructor(
    /** The text of index.html. */
    readonly index: string,
    private readonly files: ReadonlyMap<string, ClientFile>,
  ) {}

  /** Throws `configuration` where there is no built client. */
  static async load(directory: string): Promise<ClientFiles> {
    const bodies = new Map<string, Buffer>();
    for (const path of await filesBelow(directory)) bodies.set(`/${relative(directory, path).split(sep).join('/')}`, await readFile(path));
    const index = bodies.get('/index.html')?.toString('utf8');
    if (index === undefined || !index.includes('</head>')) {
      throw new CaveError('configuration', `The web UI is not built: there is no index.html with a head in ${directory}. Run "npm run build", then start again.`, { details: { directory } });
    }
    bodies.delete('/index.html');
    return new ClientFiles(index, new Map([...bodies.keys()].filter((path) => !isCompressed(path, bodies)).map((path) => [path, fileOf(path, bodies)])));
  }

  /** Answers with the file at this path; false when there is none. */
  serve(path: string, request: Request, response: Response): boolean {
    const file = this.files.get(path);
    if (file === undefined) return false;
    const encoding = ENCODINGS.find(([name]) => file.variants.has(name) && request.acceptsEncodings(name) === name)?.[0] ?? 'identity';
    const { body, etag } = file.variants.get(encoding) as Variant;
    response.type(extname(path) || 'bin').set({ 'Cache-Control': file.cacheControl, ETag: etag });
    if (file.variants.size > 1) response.set('Vary', 'Accept-Encoding');
    if (encoding !== 'identity') response.set('Content-Encoding', encoding);
    if (request.fresh) {
      response.removeHeader('Content-Type');
      response.writeHead(304).end();
    } else {
      response.writeHead(200, { 'Content-Length': String(body.length) });
      response.end(request.method === 'HEAD' ? undefined : body);
    }
    return true;
  }
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    // Of a client that was never built not even the folder is there; that is told by what is missing in it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The compressed form of another file. */
function isCompressed(path: string, bodies: ReadonlyMap<string, Buffer>): boolean {
  return ENCODINGS.some(([, ending]) => path.endsWith(ending) && (bodies.has(path.slice(0, -ending.length)) || path === `/index.html${ending}`));
}

function fileOf(path: string, bodies: ReadonlyMap<string, Buffer>): ClientFile {
  const variants = new Map<string, Variant>();
  for (const [encoding, ending] of [['identity', ''], ...ENCODINGS] as const) {
    const body = bodies.get(path + ending);
    if (body !== undefined) variants.set(encoding, { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"` });
  }
  return { variants, cacheControl: path.startsWith(HASHED) ? FOR_EVER : REVALIDATED };
}
