import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const COMPRESSIBLE = /\.(?:css|js|svg)$/;
/** Below this, headers outweigh what compression saves. */
const LEAST_BYTES = 1_024;

/**
 * Vite plugin that writes `file.br` and `file.gz` beside each text file of the bundle: compressed
 * once and as well as can be, instead of with each answer.
 * @returns {import('vite').Plugin}
 */
export function precompress() {
  return {
    name: 'cave-precompress',
    writeBundle({ dir = '' }) {
      for (const name of readdirSync(dir, { recursive: true })) {
        if (!COMPRESSIBLE.test(name)) continue;
        const path = join(dir, name);
        const content = readFileSync(path);
        if (content.length < LEAST_BYTES) continue;
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}
