import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors.ts';
import { PLAYED_FILES } from '../world/web/webWorld.ts';
import { openWorld } from '../world/world.ts';
import { bundlePage, RUNTIME_FILES, runtimeFile } from './pageFiles.ts';

/** In every published folder and in no other: only such a folder is replaced. */
const MARK = 'reverie-site.json';

/** What Netlify and Cloudflare Pages read; other hosts are told in their own way, see docs/publish.md. */
const HEADERS = `/*
  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Embedder-Policy: require-corp
`;

/**
 * Writes a world as a folder that any web host can serve and that plays in the browser with no server behind it.
 * All its paths are relative, so it may lie in a sub-folder.
 *
 * @throws UserError when the world is missing or damaged, or another thing stands at `out`
 */
export async function publishWorld(folder: string, out: string): Promise<void> {
  refuseForeign(out);
  const world = await openWorld(folder);
  const { manifest } = world;
  await world.close();
  const page = await bundlePage();
  const partial = `${out}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(join(partial, 'ort'), { recursive: true });
  await mkdir(join(partial, 'world'));
  try {
    await writeFile(join(partial, 'index.html'), page.html(['browser']));
    await writeFile(join(partial, 'style.css'), page.css);
    for (const [name, script] of page.scripts) await writeFile(join(partial, name), script);
    await cp(fileURLToPath(new URL('./page/isolation.js', import.meta.url)), join(partial, 'isolation.js'));
    for (const name of RUNTIME_FILES) await cp(runtimeFile(name), join(partial, 'ort', name));
    for (const name of ['world.json', ...PLAYED_FILES]) {
      await cp(join(folder, name), join(partial, 'world', name));
    }
    await writeFile(join(partial, '_headers'), HEADERS);
    await writeFile(join(partial, MARK), `${JSON.stringify({ world: manifest.name })}\n`);
    refuseForeign(out);
    await rm(out, { recursive: true, force: true });
    await rename(partial, out);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function refuseForeign(out: string): void {
  if (!existsSync(out) || existsSync(join(out, MARK))) return;
  throw new UserError(`${out} exists and is not a published world`, 'choose another --out');
}
