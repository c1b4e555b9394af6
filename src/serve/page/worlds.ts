import type { WorldCard } from '../worldCard.ts';

/** The worlds of this site; none when nobody answers, which whoever connects then notices too. */
export async function listWorlds(): Promise<readonly WorldCard[]> {
  try {
    const response = await fetch(withToken('worlds.json'));
    return response.ok ? await response.json() : [];
  } catch {
    return [];
  }
}

/** The address of a page of this site that plays these worlds; of the start screen when there are none. */
export function playAddress(ids: readonly string[]): URL {
  const url = withToken('.');
  for (const id of ids) url.searchParams.append('world', id);
  return url;
}

/** The address of one of this site's files, with the token that this page was opened with. */
export function withToken(path: string): URL {
  const url = new URL(path, location.href);
  const token = new URLSearchParams(location.search).get('token');
  if (token !== null) url.searchParams.set('token', token);
  return url;
}
