import type { GraphBuilder } from './graph.ts';
import { callSite, TraceError, thrownInside, withDeepStacks } from './traceError.ts';

interface Call {
  readonly description: string;
  /** Holds the stack; formatting it is dear, so that waits until it is wanted. */
  readonly at: Error;
}

interface ActiveTrace {
  readonly builder: GraphBuilder;
  /** The last call of each kernel that tfjs has no gradient of. */
  readonly withoutGradient: Map<string, Call>;
}

let active: ActiveTrace | undefined;

/**
 * Runs `body` with tfjs kernels appending to `builder`.
 *
 * @throws TraceError for what tfjs or a lowering refuses, with the line of the caller
 */
export function withBuilder<Result>(builder: GraphBuilder, body: () => Result): Result {
  const before = active;
  active = { builder, withoutGradient: new Map() };
  try {
    return withDeepStacks(body);
  } catch (error) {
    throw explained(error, active);
  } finally {
    active = before;
  }
}

/** The graph that is being traced. */
export function activeBuilder(): GraphBuilder {
  if (!active) throw new Error('no graph is being traced: call trace()');
  return active.builder;
}

/** Remembers a call that no gradient can pass through, for the error where one is asked to. */
export function noteCallWithoutGradient(kernelName: string, description: string): void {
  active?.withoutGradient.set(kernelName, { description, at: new Error() });
}

function explained(error: unknown, { withoutGradient }: ActiveTrace): unknown {
  if (!(error instanceof Error) || error instanceof TraceError || !thrownInside(error)) return error;
  const [, kernel = ''] = /gradient function not found for (\w+)/.exec(error.message) ?? [];
  const call = withoutGradient.get(kernel);
  const message = call
    ? `${call.description}${callSite(call.at)} has no gradient`
    : `${error.message}${callSite(error)}`;
  return new TraceError(message, { cause: error });
}
