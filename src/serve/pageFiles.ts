import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Where a page can have its world computed; the first is where it begins. */
export type Place = 'server' | 'browser';

/** The page as it is served. */
export interface PageFiles {
  readonly css: string;
  /** The modules of the page and of its worker by file name; they name each other relatively. */
  readonly scripts: ReadonlyMap<string, string>;
  html(places: readonly Place[]): string;
}

/** What onnxruntime-web loads at run time: WebAssembly alone, and with WebGPU. */
export const RUNTIME_FILES = [
  'ort-wasm-simd-threaded.mjs',
  'ort-wasm-simd-threaded.wasm',
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
] as const;

const folder = fileURLToPath(new URL('./page/', import.meta.url));
const { resolve } = createRequire(import.meta.url);

/** The path of one of onnxruntime-web's files in its package. */
export function runtimeFile(name: (typeof RUNTIME_FILES)[number]): string {
  return resolve(`onnxruntime-web/${name}`);
}

/** Bundles the modules of the page in memory, from the sources of a checkout or the JavaScript of a package. */
export async function bundlePage(): Promise<PageFiles> {
  const [html, css, bundle] = await Promise.all([
    readFile(`${folder}index.html`, 'utf8'),
    readFile(`${folder}style.css`, 'utf8'),
    build({
      entryPoints: [`${folder}main`, `${folder}worker`],
      bundle: true,
      splitting: true,
      write: false,
      outdir: '/',
      format: 'esm',
      target: 'es2022',
      // onnxruntime-web without its WebAssembly inside, which is served beside it.
      conditions: ['onnxruntime-web-use-extern-wasm'],
      minify: true,
      legalComments: 'none',
      logLevel: 'silent',
    }),
  ]);
  return {
    css,
    scripts: new Map(bundle.outputFiles.map(({ path, text }) => [basename(path), text])),
    html: (places) => html.replace('content="server browser"', `content="${places.join(' ')}"`),
  };
}
