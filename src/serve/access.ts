import { randomBytes, timingSafeEqual } from 'node:crypto';
import { networkInterfaces } from 'node:os';

/** A secret for one run of a server that others can reach. */
export function createToken(): string {
  return randomBytes(16).toString('base64url');
}

/** Compares in constant time, so that answers do not tell how much of a guess was right. */
export function tokenMatches(expected: string, given: string | undefined): boolean {
  const left = Buffer.from(expected);
  const right = Buffer.from(given ?? '');
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Whether a WebSocket comes from our own page. Browsers let any site open a socket to any server and say so
 * in `Origin`; programs send none.
 *
 * @param origin the `Origin` header
 * @param hosts what the request calls this server: the headers `Host` and, behind a proxy, `X-Forwarded-Host`
 */
export function isOwnOrigin(origin: string | undefined, hosts: readonly (string | undefined)[]): boolean {
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  return hosts.includes(new URL(origin).host);
}

/** The address to open for a server that listens on `host`; a wildcard is named by the network's address. */
export function reachableHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host.includes(':') ? `[${host}]` : host;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
