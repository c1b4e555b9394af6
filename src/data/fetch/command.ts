import path from 'node:path';
import { Command } from 'commander';
import { interruptible } from '../../cli/interrupt.ts';
import { startProgress } from '../../cli/progress.ts';
import { writeCard } from '../card/card.ts';
import { writeAtomically } from '../fileSystem.ts';
import { ingest } from '../ingest/ingest.ts';
import { refuseForeign } from '../ingest/stage.ts';
import { summarise } from '../ingest/summary.ts';
import type { Dataset } from '../types.ts';
import { download } from './download.ts';
import { type DatasetManifest, readManifest } from './manifest.ts';

const MEGABYTE = 1e6;

/** `reverie fetch`: a public dataset becomes a dataset of Reverie. */
export function fetchCommand(): Command {
  return new Command('fetch')
    .description('Download a public dataset, check it, and ingest it.')
    .argument('<name>', 'one of datasets/*.yaml without its ending, or the path of such a file')
    .option('--out <folder>', 'where to write the dataset (default: datasets/<name>)')
    .addHelpText(
      'after',
      `
Examples:
  $ reverie fetch lighthouse
  $ reverie fetch my-manifest.yaml --out datasets/mine

The files are kept beside the dataset, in <out>-footage. The same command goes on after an interruption.`,
    )
    .action(async (name: string, options: { out?: string }) => {
      const manifest = await readManifest(name);
      const out = options.out ?? path.join('datasets', path.basename(name, '.yaml'));
      process.stderr.write(`${manifest.title}: ${manifest.licence}; ${manifest.attribution}\n`);
      const dataset = await fetchDataset(manifest, out);
      const card = await writeCard(dataset);
      process.stdout.write(`${await summarise(dataset)}; look at ${card}\n`);
    });
}

/**
 * Downloads the files of a manifest into `<out>-footage` and ingests them into `out`; each step goes on where it
 * was stopped.
 *
 * @throws UserError as `download` and `ingest` do
 */
export async function fetchDataset(manifest: DatasetManifest, out: string): Promise<Dataset> {
  await refuseForeign(out);
  const footage = `${out.replace(/\/+$/, '')}-footage`;
  await interruptible((signal) => downloadAll(manifest, footage, signal));
  const { title, licence, attribution, homepage } = manifest;
  await writeAtomically(
    path.join(footage, 'LICENCE.txt'),
    `${title}\n${licence}\n${attribution}\n${homepage}\n`,
  );
  return ingest({ inputs: [footage], out });
}

async function downloadAll({ files }: DatasetManifest, folder: string, signal: AbortSignal): Promise<void> {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress = startProgress('download', Math.ceil(total / MEGABYTE), 'MB');
  let before = 0;
  try {
    for (const file of files) {
      const onBytes = (done: number): void =>
        progress.update(Math.round((before + done) / MEGABYTE), file.name);
      await download(file, folder, onBytes, signal);
      before += file.bytes;
    }
  } finally {
    progress.stop();
  }
}
