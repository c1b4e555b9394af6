import { z } from 'zod';
import type { Dynamics, Fault, Sizes } from './family.ts';
import { type FlowWarpSettings, flowWarp, flowWarpSettings } from './flowWarp.ts';
import {
  type TransformerSettings,
  transformer,
  transformerFault,
  transformerSettings,
} from './transformer.ts';

/** What a recipe says of its dynamics' family. */
export type FamilySettings = TransformerSettings | FlowWarpSettings;

/** The schema of such settings, which `family` tells apart, each with the keys that all recipes have. */
export function familySchema<Shared extends z.ZodRawShape>(shared: Shared) {
  return z.discriminatedUnion(
    'family',
    [
      z.strictObject({ ...shared, ...transformerSettings }),
      z.strictObject({ ...shared, ...flowWarpSettings }),
    ],
    { error: 'the families are transformer and flowWarp' },
  );
}

/** What in settings of the right form does not go together. */
export function familyFault(settings: FamilySettings): Fault | undefined {
  return settings.family === 'transformer' ? transformerFault(settings) : undefined;
}

/** The dynamics that a recipe names. */
export function openDynamics(settings: FamilySettings, sizes: Sizes): Dynamics {
  switch (settings.family) {
    case 'transformer':
      return transformer(settings, sizes);
    case 'flowWarp':
      return flowWarp(settings, sizes);
  }
}
