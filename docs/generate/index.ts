import { architecture } from './architecture.ts';
import { configReference } from './config.ts';
import { metricReference } from './metrics.ts';

/** The generated files under `docs/`; a test compares them with what is committed. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'architecture.svg': architecture,
  'config.md': configReference,
  'metrics.md': metricReference,
};
