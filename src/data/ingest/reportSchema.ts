import { z } from 'zod';
import { MOTIONS } from '../../world/manifest.ts';

const range = z.object({ from: z.number().int(), to: z.number().int() });

/** `meta/report.json`: what came of each clip, in frames at the dataset's rate, and which files were no use. */
export const reportSchema = z.object({
  clips: z.array(
    z.object({
      file: z.string(),
      seconds: z.number(),
      kept: z.array(range),
      left: z.array(range.extend({ reason: z.string() })),
      /** Frames inside of what was kept that only show the picture before them once more, and were left out. */
      repeated: z.array(z.number().int()).default([]),
      /** Field of view in degrees, and the range of those that explain the footage about as well; none if given. */
      lens: z
        .object({
          fieldOfView: z.number(),
          curve: z.number(),
          range: z.object({ from: z.number(), to: z.number() }).exactOptional(),
        })
        .optional(),
      /** How the user's own log was laid over the clip. */
      log: z
        .object({
          file: z.string(),
          lagSeconds: z.number(),
          column: z.string(),
          motion: z.enum(MOTIONS),
          correlation: z.number(),
        })
        .optional(),
      /** Median confidence of the labels. */
      confidence: z.number(),
    }),
  ),
  bad: z.array(z.object({ file: z.string(), reason: z.string() })),
});

export type IngestReport = z.infer<typeof reportSchema>;
