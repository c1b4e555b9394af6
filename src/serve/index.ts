// Play's surface: serve a world, publish it, play a kept run again.
export { type PlayWorldsOptions, playWorlds } from './playWorlds.ts';
export { publishWorlds } from './publish.ts';
export { type Server, type ServerOptions, startServer } from './server.ts';
export { parseTake, replayTake, type Take } from './take.ts';
