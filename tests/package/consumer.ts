// A project that uses the package by its names, compiled and run in an empty folder by package.slow.test.ts.
import { UserError } from 'reverie';
import { openDataset } from 'reverie/data';
import { trace, valueAndGradients } from 'reverie/engine';
import { METRICS, type Metric } from 'reverie/eval';
import { type AutoencoderConfig, autoencoderParameters } from 'reverie/model';
import { publishWorlds } from 'reverie/serve';
import { readConfig, type TrainConfig } from 'reverie/train';
import { type Frame, openWorld } from 'reverie/world';

const graph = trace(
  ({ params }) => {
    const { value, gradients } = valueAndGradients(params!, ({ w }) => w!.square().sum().asScalar());
    return { gradients, loss: { value } };
  },
  { params: { w: { shape: [3] } } },
);
const config: TrainConfig = await readConfig('node_modules/reverie/configs/tiny.yaml');
const size: AutoencoderConfig = config.autoencoder;
const psnr: Metric | undefined = METRICS.find(({ id }) => id === 'psnr');
const refusal: unknown = await openDataset('nowhere').catch((error: unknown) => error);
const world = await openWorld('node_modules/reverie/worlds/racetrack');
const session = world.newSession(1);
const frame: Frame = await session.step(world.manifest.actions.rest);
await world.close();
await publishWorlds(['node_modules/reverie/worlds/racetrack'], 'site');

console.log(
  JSON.stringify({
    nodes: graph.nodes.length > 0,
    parameters: Object.keys(autoencoderParameters(size)).length > 0,
    unit: psnr?.unit,
    refused: refusal instanceof UserError,
    pixels: frame.rgb.length === 3 * frame.width * frame.height,
  }),
);
