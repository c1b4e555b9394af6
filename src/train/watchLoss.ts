/** Follows a loss, and knows when it is out of hand. */
export interface LossWatch {
  /** Takes in the loss of a step; says what is wrong with it, as in `the loss is NaN`, or nothing. */
  trouble(loss: number): string | undefined;
  /** The moving average. */
  mean(): number;
}

const DECAY = 0.98;
/** A mean this many times the least one so far does not come back. */
const RUNAWAY = 10;
/** Steps in which a loss may do as it likes. */
const PATIENCE = 50;

export function watchLoss(): LossWatch {
  let mean = Number.NaN;
  let least = Number.POSITIVE_INFINITY;
  let steps = 0;
  return {
    trouble(loss) {
      if (!Number.isFinite(loss)) return `is ${loss}`;
      mean = Number.isNaN(mean) ? loss : mean * DECAY + loss * (1 - DECAY);
      steps += 1;
      least = Math.min(least, mean);
      return steps > PATIENCE && mean > RUNAWAY * least
        ? `has risen to ${mean.toPrecision(3)}, ${RUNAWAY} times its least,`
        : undefined;
    },
    mean: () => mean,
  };
}
