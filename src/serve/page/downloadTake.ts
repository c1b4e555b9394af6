import type { Take } from '../take.ts';

/**
 * Hands a take to the player as a file, since a published page has no server that could keep it.
 *
 * @returns what to tell the player
 */
export function downloadTake(take: Take | undefined): string {
  if (!take) return 'This run is too long to be kept.';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([JSON.stringify(take)], { type: 'application/json' }));
  link.download = `${take.worlds.map(({ name }) => name).join('-or-')}-${take.seed}.take.json`;
  link.click();
  URL.revokeObjectURL(link.href);
  return `Downloaded as ${link.download}`;
}
