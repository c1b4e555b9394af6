import { playWorld } from '../../src/serve/playWorld.ts';
import { fakeWorld } from './fakeWorld.ts';

const world = fakeWorld({ width: 64, height: 32 });
playWorld(world, { port: 0 }).then(() => world.close());
