import { playWorlds } from '../../src/serve/playWorlds.ts';
import { fakeWorld } from './fakeWorld.ts';

const world = fakeWorld({ width: 64, height: 32 });
playWorlds([world], { port: 0 }).then(() => world.close());
