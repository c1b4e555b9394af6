import { UserError } from '../../errors.ts';
import type { TrainConfig } from '../config.ts';
import type { Stage } from '../loop.ts';
import type { Communicator } from './mpi.ts';

/** The recipe of one process: each stage with its part of the batch. */
export function partOfConfig(config: TrainConfig, { size }: Communicator): TrainConfig {
  const part = (stage: string, batch: number): number => {
    if (batch % size !== 0) {
      throw new UserError(
        `${size} processes cannot share a batch of ${batch}`,
        `--set ${stage}.batch=${Math.ceil(batch / size) * size}`,
      );
    }
    return batch / size;
  };
  const { autoencoder, dynamics, fewStep, reprojection } = config;
  return {
    ...config,
    autoencoder: { ...autoencoder, batch: part('autoencoder', autoencoder.batch) },
    dynamics: { ...dynamics, batch: part('dynamics', dynamics.batch) },
    ...(fewStep && { fewStep: { ...fewStep, batch: part('fewStep', fewStep.batch) } }),
    ...(reprojection && {
      reprojection: { ...reprojection, batch: part('reprojection', reprojection.batch) },
    }),
  };
}

/**
 * A stage that draws the batches of the whole and trains on its own rows of them: what is drawn, and with it the
 * run, is the same for any number of processes.
 *
 * @param whole the stage as one process would train it
 * @param part the same with its part of the batch
 */
export function partOfStage(whole: Stage, part: Stage, { rank, size }: Communicator): Stage {
  return {
    ...part,
    async sample(random) {
      const { batch, windows } = await whole.sample(random);
      const own = Object.entries(batch).map(([name, data]) => {
        const length = data.length / size;
        return [name, data.subarray(rank * length, (rank + 1) * length)] as const;
      });
      return { batch: Object.fromEntries(own), windows };
    },
  };
}
