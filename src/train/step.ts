import type * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../engine/graph.ts';
import {
  type HostArray,
  type HostTensor,
  Program,
  type TensorGroup,
  type TensorSpec,
  trace,
  valueAndGradients,
} from '../engine/index.ts';
import { initialise, type ParameterSpecs } from '../model/parameters.ts';
import type { Random } from '../random.ts';
import { type OptimiserConfig, optimiserSlots, update } from './optimiser.ts';

/** What is trained: parameters, the shape of a batch, and a pure function from batch to loss. */
export interface Objective {
  readonly parameters: ParameterSpecs;
  readonly batch: Readonly<Record<string, TensorSpec>>;
  /** Values of a second set of the parameters, which stays as it is: a teacher, say. */
  readonly frozen?: ReadonlyMap<string, Float32Array>;
  /**
   * Prepares what needs no gradient, such as the model's own predictions as context; the batch itself if absent.
   *
   * @param frozen the frozen parameters, where the objective has them
   */
  prepare?(params: TensorGroup, batch: TensorGroup, frozen: TensorGroup): TensorGroup;
  loss(params: TensorGroup, batch: TensorGroup): tf.Scalar;
}

/** Everything that changes while training: groups of arrays by name. */
export interface TrainState {
  readonly params: Map<string, Float32Array>;
  readonly ema: Map<string, Float32Array>;
  readonly first: Map<string, Float32Array>;
  readonly second: Map<string, Float32Array>;
}

export const STATE_GROUPS = ['params', 'ema', 'first', 'second'] as const;

/**
 * Draws the parameters and sets the optimiser's slots to zero.
 *
 * @param initial parameters to start from instead
 */
export function initialState(
  objective: Objective,
  optimiser: OptimiserConfig,
  random: Random,
  initial?: ReadonlyMap<string, Float32Array>,
): TrainState {
  const slots = optimiserSlots(optimiser, objective.parameters);
  const params = initial
    ? new Map([...initial].map(([name, values]) => [name, values.slice()]))
    : initialise(objective.parameters, random);
  const zeros = (names: readonly string[]): Map<string, Float32Array> =>
    new Map(names.map((name) => [name, new Float32Array(sizeOf(objective.parameters[name]!.shape))]));
  const ema = new Map([...params].map(([name, values]) => [name, values.slice()]));
  return { params, ema, first: zeros(slots.first), second: zeros(slots.second) };
}

/** One compiled training step. */
export interface TrainStep {
  /** Trains on one batch; `state`'s arrays are overwritten with the new values. */
  run(
    state: TrainState,
    batch: Readonly<Record<string, HostArray>>,
    rate: number,
    step: number,
  ): Promise<{ loss: number; norm: number }>;
  release(): Promise<void>;
}

/** Traces loss, gradients and update into one graph that changes the state in place, and compiles it. */
export async function compileStep(objective: Objective, optimiser: OptimiserConfig): Promise<TrainStep> {
  const { parameters } = objective;
  const slots = optimiserSlots(optimiser, parameters);
  const shapes = (names: readonly string[]): Record<string, TensorSpec> =>
    Object.fromEntries(names.map((name) => [name, { shape: parameters[name]!.shape }]));
  const graph = trace(
    ({ params, ema, first, second, batch, schedule, frozen }) => {
      const prepared = objective.prepare?.(params, batch, frozen) ?? batch;
      const { value, gradients } = valueAndGradients(params, (current) => objective.loss(current, prepared));
      const { groups, norm } = update(optimiser, params, gradients, { ema, first, second }, schedule);
      return { ...groups, logs: { loss: value, norm } };
    },
    {
      params: shapes(Object.keys(parameters)),
      ema: shapes(slots.ema),
      first: shapes(slots.first),
      second: shapes(slots.second),
      batch: objective.batch,
      schedule: { rate: { shape: [] }, step: { shape: [] } },
      frozen: shapes([...(objective.frozen?.keys() ?? [])]),
    },
  );
  const donate = graph.inputs
    .map(({ name }) => name)
    .filter((name) => !/^(batch|schedule|frozen)\//.test(name));
  const program = await Program.compile(graph, { donate });
  return {
    async run(state, batch, rate, step) {
      const inputs = new Map<string, HostTensor<HostArray>>();
      for (const group of STATE_GROUPS) {
        for (const [name, data] of state[group])
          inputs.set(`${group}/${name}`, { shape: parameters[name]!.shape, data });
      }
      for (const [name, data] of objective.frozen ?? []) {
        inputs.set(`frozen/${name}`, { shape: parameters[name]!.shape, data });
      }
      for (const [name, { shape }] of Object.entries(objective.batch)) {
        inputs.set(`batch/${name}`, { shape, data: batch[name]! });
      }
      inputs.set('schedule/rate', { shape: [], data: Float32Array.of(rate) });
      inputs.set('schedule/step', { shape: [], data: Float32Array.of(step) });
      const outputs = await program.run(inputs);
      const scalar = (name: string): number => Number(outputs.get(`logs/${name}`)!.data[0]);
      return { loss: scalar('loss'), norm: scalar('norm') };
    },
    release: () => program.release(),
  };
}
