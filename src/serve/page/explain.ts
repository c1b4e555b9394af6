import type { Held } from '../actions.ts';
import type { Hello } from '../messages.ts';

/**
 * Which keys would do what the world is doing, so that a watcher sees what it would take. Jolts are nobody's doing.
 *
 * @param actions the world's action schema
 * @param action what was done, in the units of the footage
 */
export function explainAction(actions: Hello['actions'], action: readonly number[]): Held {
  const held: Record<string, number> = {};
  for (const [key, vector] of Object.entries(actions.keys)) {
    let along = 0;
    let length = 0;
    actions.names.forEach((name, dimension) => {
      if (!actions.driven.includes(name)) return;
      const value = vector[dimension] ?? 0;
      along += value * ((action[dimension] ?? 0) - (actions.rest[dimension] ?? 0));
      length += value * value;
    });
    held[key] = length > 0 ? Math.min(1, Math.max(0, along / length)) : 0;
  }
  return held;
}
