import { z } from 'zod';
import type { Dynamics, Fault, Sizes } from './family.ts';
import {
  type TransformerSettings,
  transformer,
  transformerFault,
  transformerSettings,
} from './transformer.ts';

/** What a recipe says of its dynamics' family. */
export type FamilySettings = TransformerSettings;

/** The schema of such settings, which `family` tells apart, each with the keys that all recipes have. */
export function familySchema<Shared extends z.ZodRawShape>(shared: Shared) {
  return z.discriminatedUnion('family', [z.strictObject({ ...shared, ...transformerSettings })]);
}

/** What in settings of the right form does not go together. */
export function familyFault(settings: FamilySettings): Fault | undefined {
  return transformerFault(settings);
}

/** The dynamics that a recipe names. */
export function openDynamics(settings: FamilySettings, sizes: Sizes): Dynamics {
  return transformer(settings, sizes);
}
