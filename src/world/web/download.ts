/**
 * Downloads a file.
 *
 * @param progress told the share that is there, 0…1, where the server says how long the file is
 * @throws when the server does not give it
 */
export async function download(url: URL, progress: (share: number) => void): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok || !response.body) {
    throw new Error(`${url.pathname.split('/').at(-1)} could not be downloaded (${response.status})`);
  }
  const total = Number(response.headers.get('content-length'));
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    done += part.value.length;
    // A compressed answer is longer than it says.
    if (total > 0) progress(Math.min(1, done / total));
  }
  progress(1);
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
