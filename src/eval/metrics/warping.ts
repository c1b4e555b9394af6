import { opticalFlow, visibleInBoth, warp } from '../motion/flow.ts';
import { everyFrame, type Metric, sumRows } from './metric.ts';

/**
 * Warping error: each frame is compared with the next one warped back along their optical flow, on the pixels
 * that both show; root mean square difference in 8-bit levels (E_warp of W.-S. Lai et al., "Learning Blind Video
 * Temporal Consistency", ECCV 2018; occlusions by forward-backward flow).
 */
export const warpingMetric: Metric = {
  id: 'warping',
  title: 'warping error',
  unit: 'levels',
  question: 'temporal',
  better: 'lower',
  answers: 'Do surfaces keep their look as they move, or do they shimmer and boil?',
  fooledBy: 'Blur and standing still have little to warp: compare with the real value, less is not better.',
  points: everyFrame,
  observe: async ({ imagined }) => {
    const { width, height } = imagined.before;
    const rows: number[] = [];
    let previous = imagined.before;
    for (const frame of imagined.frames) {
      if (frame === previous) {
        rows.push(0, frame.rgb.length);
        continue;
      }
      const forward = await opticalFlow(previous, frame);
      const visible = visibleInBoth(forward, await opticalFlow(frame, previous), width, height);
      const warped = warp(frame, forward);
      let error = 0;
      let pixels = 0;
      for (let i = 0; i < visible.length; i++) {
        if (visible[i] === 0) continue;
        pixels++;
        for (let c = 3 * i; c < 3 * i + 3; c++) error += (previous.rgb[c]! - warped.rgb[c]!) ** 2;
      }
      rows.push(error, 3 * pixels);
      previous = frame;
    }
    return Float64Array.from(rows);
  },
  estimate(observations, _, point) {
    const [error, values] = sumRows(observations, 2, point);
    return values === 0 ? undefined : Math.sqrt(error! / values!);
  },
};
