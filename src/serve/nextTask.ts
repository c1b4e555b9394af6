/**
 * Calls back as soon as what already waits, such as messages, has had its turn. Browsers have no `setImmediate`
 * and delay nested timeouts by 4 ms, but deliver messages at once.
 */
export const nextTask: (work: () => void) => void =
  typeof setImmediate === 'function' ? (work) => void setImmediate(work) : byMessage();

function byMessage(): (work: () => void) => void {
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => waiting.shift()?.();
  return (work) => {
    waiting.push(work);
    port2.postMessage(undefined);
  };
}
