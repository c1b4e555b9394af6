// The worlds' surface: open one, play it, look at what it says of itself.
export { MOTIONS, type Motion, playedFiles, type WorldManifest, worldManifest } from './manifest.ts';
export type { Frame, PlayableWorld, Session, SessionSnapshot, World } from './types.ts';
export { openWorld, readManifest } from './world.ts';
