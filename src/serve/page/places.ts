import type { Place } from '../pageFiles.ts';

/** Where this page can have its world computed, as whoever serves or published it wrote into it. */
export function offeredPlaces(): readonly Place[] {
  const written = document.querySelector<HTMLMetaElement>('meta[name="reverie-places"]')?.content.split(' ');
  return (['server', 'browser'] as const).filter((place) => written?.includes(place));
}
