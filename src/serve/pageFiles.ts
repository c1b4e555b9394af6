import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The page as it is served. */
export interface PageFiles {
  readonly html: string;
  readonly css: string;
  readonly js: string;
}

const folder = fileURLToPath(new URL('./page/', import.meta.url));

/** Bundles the page's modules in memory, so that the sources are all there is to install. */
export async function bundlePage(): Promise<PageFiles> {
  const [html, css, bundle] = await Promise.all([
    readFile(`${folder}index.html`, 'utf8'),
    readFile(`${folder}style.css`, 'utf8'),
    build({
      entryPoints: [`${folder}main.ts`],
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      minify: true,
      logLevel: 'silent',
    }),
  ]);
  return { html, css, js: bundle.outputFiles[0]!.text };
}
