import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors.ts';
import { playedFiles } from '../world/manifest.ts';
import type { World } from '../world/types.ts';
import { openWorld } from '../world/world.ts';
import { bundlePage, RUNTIME_FILES, runtimeFile } from './pageFiles.ts';
import { createShelf, posterOf } from './shelf.ts';
import type { WorldCard } from './worldCard.ts';

/** In every published folder and in no other: only such a folder is replaced. */
const MARK = 'reverie-site.json';

/** What Netlify and Cloudflare Pages read; other hosts are told in their own way, see docs/publish.md. */
const HEADERS = `/*
  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Embedder-Policy: require-corp
`;

/**
 * Writes worlds as a folder that any web host can serve and that plays in the browser with no server behind it.
 * All its paths are relative, so it may lie in a sub-folder.
 *
 * @throws UserError when a world is missing or damaged, or another thing stands at `out`
 */
export async function publishWorlds(folders: readonly string[], out: string): Promise<void> {
  refuseForeign(out);
  const page = await bundlePage();
  const partial = `${out}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(join(partial, 'ort'), { recursive: true });
  try {
    await writeFile(join(partial, 'index.html'), page.html(['browser']));
    await writeFile(join(partial, 'style.css'), page.css);
    for (const [name, script] of page.scripts) await writeFile(join(partial, name), script);
    await cp(fileURLToPath(new URL('./page/isolation.js', import.meta.url)), join(partial, 'isolation.js'));
    for (const name of RUNTIME_FILES) await cp(runtimeFile(name), join(partial, 'ort', name));
    const cards = await publishFiles(folders, partial);
    await writeFile(join(partial, 'worlds.json'), JSON.stringify(cards));
    await writeFile(join(partial, '_headers'), HEADERS);
    await writeFile(join(partial, MARK), `${JSON.stringify({ worlds: cards.map(({ name }) => name) })}\n`);
    refuseForeign(out);
    await rm(out, { recursive: true, force: true });
    await rename(partial, out);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** What of the worlds a browser needs, in `worlds/` with a folder for each. */
async function publishFiles(folders: readonly string[], site: string): Promise<readonly WorldCard[]> {
  const worlds: World[] = [];
  try {
    for (const folder of folders) worlds.push(await openWorld(folder));
    const shelf = createShelf(worlds);
    for (const { id } of shelf.cards) {
      const world = shelf.world(id)!;
      const target = join(site, 'worlds', id);
      await mkdir(target, { recursive: true });
      for (const name of ['world.json', ...playedFiles(world.manifest)])
        await cp(join(world.folder, name), join(target, name));
      await writeFile(join(target, 'poster.png'), await posterOf(world));
    }
    return shelf.cards;
  } finally {
    for (const world of worlds) await world.close();
  }
}

function refuseForeign(out: string): void {
  if (!existsSync(out) || existsSync(join(out, MARK))) return;
  throw new UserError(`${out} exists and is not a published world`, 'choose another --out');
}
