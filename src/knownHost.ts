/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Whether a request names this machine, or the place where a proxy shows it. Any site can let its own name point to
 * 127.0.0.1 (DNS rebinding), and its pages would then pass for ours.
 *
 * @param host the `Host` header
 * @param publicUrl where a proxy shows this server, if one does
 */
export function isKnownHost(host: string | undefined, publicUrl?: URL): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  if (host === publicUrl?.host) return true;
  return isLoopback(new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, ''));
}
