import { askedWorlds } from '../worldCard.ts';
import { startGame } from './game.ts';
import { isolate } from './isolate.ts';
import { keyboardLayout } from './keyboardLayout.ts';
import { offeredPlaces } from './places.ts';
import { showStart } from './start.ts';
import { listWorlds } from './worlds.ts';

const places = offeredPlaces();
// The server sends the headers itself; a published page has to help itself on some hosts.
if (!places.includes('server')) await isolate();

const worlds = await listWorlds();
const asked = askedWorlds(location.search);
if (asked.length === 0 && worlds.length > 1) showStart(worlds);
else {
  const played = asked.length > 0 ? asked : worlds.slice(0, 1).map(({ id }) => id);
  startGame(places, played, worlds.length > 1, await keyboardLayout());
}
