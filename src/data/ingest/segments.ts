import type { ClipSight } from './clipSight.ts';
import type { Rules } from './rules.ts';

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

/**
 * Divides a clip into stretches that are worth learning from and stretches that are not: black
 * or textureless, taken with a covered lens, frozen (the same picture again and again), and remainders between cuts
 * that are too short.
 *
 * @param rules thresholds, see `configs/ingest.yaml`
 * @returns both kinds, which together are the whole clip
 */
export function segmentClip(sight: ClipSight, fps: number, rules: Rules): { kept: Range[]; left: LeftOut[] } {
  const left: LeftOut[] = [];
  const flaws = flawsOf(sight, rules);
  let kept: Range[] = [];
  for (const run of runsOf(flaws)) {
    const seconds = (run.to - run.from) / fps;
    const limit = run.label === FROZEN ? rules.frozenSeconds : rules.flawSeconds;
    if (run.label === '' || seconds < limit) kept.push({ from: run.from, to: run.to });
    else left.push({ from: run.from, to: run.to, reason: run.label });
  }
  kept = joined(kept).flatMap((range) => splitAt(range, cutsOf(sight, rules)));
  const long = kept.filter((range) => range.to - range.from >= rules.shortestSeconds * fps);
  for (const range of kept) {
    if (!long.includes(range))
      left.push({ ...range, reason: `shorter than ${rules.shortestSeconds} s between cuts` });
  }
  left.sort((a, b) => a.from - b.from);
  return { kept: long, left };
}

function flawsOf(sight: ClipSight, rules: Rules): string[] {
  const { brightness, texture, contrast, followed, change } = sight;
  return Array.from({ length: sight.frames }, (_, t) => {
    if (brightness[t]! < rules.blackBrightness) return 'black';
    if (texture[t]! < rules.emptyTexture) return 'textureless';
    if (
      texture[t]! < rules.coveredTexture &&
      contrast[t]! < rules.coveredContrast &&
      followed[t]! < rules.coveredFollowed
    ) {
      return 'lens covered';
    }
    return t > 0 && change[t]! < rules.frozenChange ? FROZEN : '';
  });
}

/** First frames of new scenes (a hard cut: the picture changes at once and nothing can be followed). */
export function cutsOf({ change, redistribution, followed, frames }: ClipSight, rules: Rules): number[] {
  const cuts: number[] = [];
  for (let t = 1; t < frames; t++) {
    const around = Math.max(change[t - 1]!, change[t + 1] ?? 0, 1);
    const sudden = change[t]! > rules.cutChange && change[t]! > rules.cutContrast * around;
    if (sudden && redistribution[t]! > rules.cutRedistribution && followed[t]! < rules.cutFollowed) {
      cuts.push(t);
    }
  }
  return cuts;
}

/** A picture is shown at most so many times more; longer stretches are frozen. */
const MOST_REPEATS = 3;
/** Frames around a repeat change at least so many times as much as a frozen picture. */
const MOVING = 10;

/**
 * Frames that show the picture before them once more, while the camera goes on moving: the one in six that
 * makes 30 frames a second of 25, or what fills the gaps of a variable rate.
 */
export function repeatsOf({ change, frames }: ClipSight, rules: Rules): number[] {
  const repeats: number[] = [];
  for (let t = 2; t < frames; t++) {
    for (let count = MOST_REPEATS; count > 0; count--) {
      const after = change[t + count];
      if (after === undefined) continue;
      const around = Math.min(change[t - 1]!, after);
      const run = change.subarray(t, t + count);
      if (
        around < MOVING * rules.frozenChange ||
        run.some((value) => value >= rules.repeatedChange * around)
      ) {
        continue;
      }
      for (let k = 0; k < count; k++) repeats.push(t + k);
      t += count;
      break;
    }
  }
  return repeats;
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
