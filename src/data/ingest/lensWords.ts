import type { IngestReport } from './reportSchema.ts';

type LensReport = NonNullable<IngestReport['clips'][number]['lens']>;

/** Where the widest of the fields of view that fit is so many times the narrowest, somebody should say which it is. */
const WIDE = 1.25;

/** Says which lens was taken and how well the footage tells it. */
export function lensWords({ fieldOfView, curve, range }: LensReport): string {
  const kind = `${fieldOfView}° ${curve === 1 ? 'plain' : 'wide-angle'}`;
  if (range === undefined) return kind;
  return `${kind}, found in the footage, which fits ${range.from}–${range.to}° about as well`;
}

/** A warning where the footage leaves the lens open, with what it means for the labels and what to do. */
export function lensWarning({ fieldOfView, range }: LensReport): string | undefined {
  if (range === undefined || range.to < WIDE * range.from) return undefined;
  const off = Math.max(range.to / fieldOfView, fieldOfView / range.from) - 1;
  return (
    `the footage does not tell its lens well: all turns may be measured up to ${Math.round(100 * off)} % too large or ` +
    'too small by one factor; if you know the horizontal field of view in degrees, give it with --fov'
  );
}
