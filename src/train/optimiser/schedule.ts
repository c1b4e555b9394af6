export interface Schedule {
  /** Peak learning rate. */
  readonly rate: number;
  /** Steps that the rate rises for, in a straight line. */
  readonly warmup: number;
  /** What follows: half a cosine down to 5 % of the peak (Loshchilov & Hutter 2017), or the peak. */
  readonly schedule: 'cosine' | 'constant';
}

const FLOOR = 0.05;

/** The learning rate of a step, counted from 1, of `total`. */
export function rateAt({ rate, warmup, schedule }: Schedule, step: number, total: number): number {
  if (step <= warmup) return (rate * step) / warmup;
  if (schedule === 'constant') return rate;
  const way = (step - warmup) / Math.max(1, total - warmup);
  return rate * (FLOOR + (1 - FLOOR) * 0.5 * (1 + Math.cos(Math.PI * way)));
}
