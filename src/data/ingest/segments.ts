import type { ClipAnalysis } from './clipAnalysis.ts';

/** A range of frames, `to` not included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A range that is left out, and why. */
export interface LeftOut extends Range {
  readonly reason: string;
}

const FROZEN = 'frozen, the picture does not change';
/** Thresholds in grey levels (0 … 255) and shares; see `ClipAnalysis` for what they measure. */
const BLACK_BRIGHTNESS = 10;
const EMPTY_TEXTURE = 0.6;
const FROZEN_CHANGE = 0.05;
const CUT_CHANGE = 18;
const CUT_REDISTRIBUTION = 0.25;
const CUT_FOLLOWED = 0.25;
/** A cut stands out from the motion around it by this factor. */
const CUT_CONTRAST = 2.5;
/** Shorter disturbances are part of life: a blink, a repeated frame. */
const SHORTEST_FLAW_SECONDS = 0.5;
const FROZEN_SECONDS = 1;
const SHORTEST_SEGMENT_SECONDS = 1;

/**
 * Divides a clip into stretches that are worth learning from and stretches that are not: black, empty
 * (nothing to see), frozen (the same picture again and again), and remainders between cuts that are too short.
 *
 * @returns both kinds, which together are the whole clip
 */
export function segmentClip(analysis: ClipAnalysis, fps: number): { kept: Range[]; left: LeftOut[] } {
  const left: LeftOut[] = [];
  const flaws = flawsOf(analysis);
  let kept: Range[] = [];
  for (const run of runsOf(flaws)) {
    const seconds = (run.to - run.from) / fps;
    const limit = run.label === FROZEN ? FROZEN_SECONDS : SHORTEST_FLAW_SECONDS;
    if (run.label === '' || seconds < limit) kept.push({ from: run.from, to: run.to });
    else left.push({ from: run.from, to: run.to, reason: run.label });
  }
  kept = joined(kept).flatMap((range) => splitAt(range, cutsOf(analysis)));
  const long = kept.filter((range) => range.to - range.from >= SHORTEST_SEGMENT_SECONDS * fps);
  for (const range of kept) {
    if (!long.includes(range)) left.push({ ...range, reason: 'shorter than a second between cuts' });
  }
  left.sort((a, b) => a.from - b.from);
  return { kept: long, left };
}

function flawsOf(analysis: ClipAnalysis): string[] {
  return Array.from({ length: analysis.frames }, (_, t) => {
    if (analysis.brightness[t]! < BLACK_BRIGHTNESS) return 'black';
    if (analysis.texture[t]! < EMPTY_TEXTURE) return 'nothing to see';
    return t > 0 && analysis.change[t]! < FROZEN_CHANGE ? FROZEN : '';
  });
}

/** First frames of new scenes (a hard cut: the picture changes at once and nothing can be followed). */
export function cutsOf(analysis: ClipAnalysis): number[] {
  const cuts: number[] = [];
  for (let t = 1; t < analysis.frames; t++) {
    const around = Math.max(analysis.change[t - 1]!, analysis.change[t + 1] ?? 0, 1);
    const sudden = analysis.change[t]! > CUT_CHANGE && analysis.change[t]! > CUT_CONTRAST * around;
    if (sudden && analysis.redistribution[t]! > CUT_REDISTRIBUTION && analysis.followed[t]! < CUT_FOLLOWED) {
      cuts.push(t);
    }
  }
  return cuts;
}

function runsOf(labels: readonly string[]): (Range & { label: string })[] {
  const runs: (Range & { label: string })[] = [];
  let from = 0;
  for (let t = 1; t <= labels.length; t++) {
    if (t < labels.length && labels[t] === labels[from]) continue;
    runs.push({ from, to: t, label: labels[from] ?? '' });
    from = t;
  }
  return runs;
}

function joined(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last !== undefined && last.to === range.from)
      result[result.length - 1] = { from: last.from, to: range.to };
    else result.push(range);
  }
  return result;
}

/** Divides a range at the given frames. */
export function splitAt(range: Range, frames: readonly number[]): Range[] {
  const inside = frames.filter((frame) => frame > range.from && frame < range.to);
  const edges = [range.from, ...inside, range.to];
  return edges.slice(1).map((to, i) => ({ from: edges[i]!, to }));
}
