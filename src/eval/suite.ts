/** How long and how often to look. */
export interface EvaluationSettings {
  /** Starts on held-out footage, at least 2. */
  readonly rollouts: number;
  /** Frames imagined from each start. */
  readonly horizon: number;
  /** Times that each start is imagined with other random numbers. */
  readonly seeds: number;
  readonly seed: number;
}

/** The suites of `reverie eval`: quick is for every change of a model, full for a result to publish. */
export const SUITES = {
  quick: { rollouts: 16, horizon: 30, seeds: 1 },
  full: { rollouts: 32, horizon: 120, seeds: 3 },
} as const satisfies Record<string, Omit<EvaluationSettings, 'seed'>>;

export type SuiteName = keyof typeof SUITES;
