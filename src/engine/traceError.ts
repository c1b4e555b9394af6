import { dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A function cannot be traced: the message names the kernel, its shapes, and the line that called it. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}

/** A stack goes through a dozen functions of tfjs before it comes to the line that is wanted. */
const FRAMES = 60;
const FRAME = /^\s*at (?:.*? \()?(?:file:\/\/)?(.+):(\d+):\d+\)?$/;
const ENGINE = dirname(fileURLToPath(import.meta.url)) + sep;
const TFJS = `${sep}@tensorflow${sep}`;

/** Runs `body` with stacks that are deep enough for `callSite`. */
export function withDeepStacks<Result>(body: () => Result): Result {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  try {
    return body();
  } finally {
    Error.stackTraceLimit = before;
  }
}

/**
 * The line of the user's code in an error's stack, as in ` at src/model/layers.ts:21`: the innermost one that is
 * neither tfjs's nor the engine's. Empty where there is none.
 */
export function callSite({ stack }: Error): string {
  const place = places(stack).find(({ path }) => !isInside(path));
  return place ? ` at ${relative('', place.path)}:${place.line}` : '';
}

/** Tells whether tfjs or the engine threw the error, and not the function that is traced. */
export function thrownInside({ stack }: Error): boolean {
  const [first] = places(stack);
  return first !== undefined && isInside(first.path);
}

function places(stack = ''): { readonly path: string; readonly line: string }[] {
  return stack.split('\n').flatMap((text) => {
    const match = FRAME.exec(text);
    const [, path, line] = match ?? [];
    return path && line && !path.startsWith('node:') ? [{ path: decodeURI(path), line }] : [];
  });
}

function isInside(path: string): boolean {
  return path.includes(TFJS) || path.startsWith(ENGINE);
}
