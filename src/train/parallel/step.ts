import { sizeOf } from '../../engine/graph.ts';
import { compileStateful, type HostArray, type HostTensor, valueAndGradients } from '../../engine/index.ts';
import { frozenTensors, groupTensors, objectiveSpecs, prepareBatch, shapesOf } from '../inputs.ts';
import { type OptimiserConfig, optimiserSlots, update } from '../optimiser/index.ts';
import {
  type Batch,
  batchInputs,
  type Objective,
  STATE_GROUPS,
  type TrainState,
  type TrainStep,
} from '../step.ts';
import type { Communicator } from './mpi.ts';

/**
 * A training step of which every process computes the gradients of its part of the batch: their mean over all
 * processes, and so the update, is that of the whole batch. The parameters stay equal everywhere, since all start
 * from the same and make the same updates (synchronous data parallelism). On the CPU: the gradients pass through the
 * host's memory.
 *
 * @param objective of a part of the batch
 * @param accumulate batches whose mean gradient makes one step
 */
export async function compileParallelStep(
  objective: Objective,
  optimiser: OptimiserConfig,
  communicator: Communicator,
  accumulate: number,
): Promise<TrainStep> {
  const { parameters } = objective;
  const names = Object.keys(parameters);
  const slots = optimiserSlots(optimiser, parameters);
  const specs = objectiveSpecs(objective);
  const differentiate = await compileStateful(
    (inputs) => {
      const prepared = prepareBatch(objective, inputs);
      const { value, gradients } = valueAndGradients(inputs.params, (current) =>
        objective.loss(current, prepared),
      );
      return { gradients, logs: { loss: value } };
    },
    specs,
    ['params', 'frozen'],
  );
  const apply = await compileStateful(
    ({ params, ema, first, second, gradients, schedule }) => {
      const { groups, norm } = update(optimiser, params, gradients, { ema, first, second }, schedule);
      return { ...groups, logs: { norm } };
    },
    {
      params: specs.params,
      ema: shapesOf(parameters, slots.ema),
      first: shapesOf(parameters, slots.first),
      second: shapesOf(parameters, slots.second),
      gradients: specs.params,
      schedule: { rate: { shape: [] }, step: { shape: [] } },
    },
    [...STATE_GROUPS],
  );
  // All gradients and the loss in one array, so that one exchange does.
  const flat = new Float32Array(names.reduce((sum, name) => sum + sizeOf(parameters[name]!.shape), 1));
  const share = 1 / communicator.size / accumulate;
  return {
    where: `${differentiate.where}, ${communicator.size} processes`,
    async load(state: TrainState) {
      const frozen = frozenTensors(objective);
      // On the CPU both work on the very arrays of the state: what one updates the other sees.
      await differentiate.load(new Map([...groupTensors(objective, 'params', state.params), ...frozen]));
      await apply.load(
        new Map(STATE_GROUPS.flatMap((group) => groupTensors(objective, group, state[group]))),
      );
    },
    async run(batches: readonly Batch[], rate, step) {
      flat.fill(0);
      for (const batch of batches) {
        const outputs = await differentiate.run(batchInputs(objective, batch));
        let at = 0;
        for (const path of [...names.map((name) => `gradients/${name}`), 'logs/loss']) {
          const { data } = outputs.get(path)!;
          for (let i = 0; i < data.length; i += 1) flat[at + i]! += Number(data[i]) * share;
          at += data.length;
        }
      }
      communicator.sum(flat);
      const inputs = new Map<string, HostTensor<HostArray>>();
      let at = 0;
      for (const name of names) {
        const { shape } = parameters[name]!;
        inputs.set(`gradients/${name}`, { shape, data: flat.subarray(at, at + sizeOf(shape)) });
        at += sizeOf(shape);
      }
      inputs.set('schedule/rate', { shape: [], data: Float32Array.of(rate) });
      inputs.set('schedule/step', { shape: [], data: Float32Array.of(step) });
      const norm = Number((await apply.run(inputs)).get('logs/norm')!.data[0]);
      return { loss: flat[at]!, norm };
    },
    async read() {},
    async release() {
      await differentiate.release();
      await apply.release();
    },
  };
}
