import type * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../engine/graph.ts';
import {
  compileStateful,
  type Graph,
  type HostArray,
  type HostTensor,
  type Pass,
  type StatefulOptions,
  type TensorGroup,
  type TensorGroups,
  type TensorSpec,
  type TensorsOf,
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
  /** Prepares what needs no gradient, such as the model's own predictions as context; the batch itself if absent. */
  prepare?(params: TensorGroup, batch: TensorGroup): TensorGroup;
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

/** Draws the parameters and sets the optimiser's slots to zero. */
export function initialState(objective: Objective, optimiser: OptimiserConfig, random: Random): TrainState {
  const slots = optimiserSlots(optimiser, objective.parameters);
  const params = initialise(objective.parameters, random);
  const zeros = (names: readonly string[]): Map<string, Float32Array> =>
    new Map(names.map((name) => [name, new Float32Array(sizeOf(objective.parameters[name]!.shape))]));
  const ema = new Map([...params].map(([name, values]) => [name, values.slice()]));
  return { params, ema, first: zeros(slots.first), second: zeros(slots.second) };
}

/** One compiled training step. */
export interface TrainStep {
  /** What executes it, as in `onnxruntime cpu`. */
  readonly where: string;
  /** Sets the state to train; `read` brings its arrays up to date. */
  load(state: TrainState): Promise<void>;
  /** Trains on one batch. */
  run(
    batch: Readonly<Record<string, HostArray>>,
    rate: number,
    step: number,
  ): Promise<{ loss: number; norm: number }>;
  read(): Promise<void>;
  release(): Promise<void>;
}

/** Compiles loss, gradients and update as one function that changes the state where it lies. */
export async function compileStep(
  objective: Objective,
  optimiser: OptimiserConfig,
  options: StatefulOptions = {},
): Promise<TrainStep> {
  const { parameters } = objective;
  const { fn, specs } = stepFunction(objective, optimiser);
  const compiled = await compileStateful(fn, specs, STATE_GROUPS, options);
  return {
    where: compiled.where,
    async load(state) {
      const tensors = new Map<string, HostTensor>();
      for (const group of STATE_GROUPS) {
        for (const [name, data] of state[group])
          tensors.set(`${group}/${name}`, { shape: parameters[name]!.shape, data });
      }
      await compiled.load(tensors);
    },
    async run(batch, rate, step) {
      const inputs = new Map<string, HostTensor<HostArray>>();
      for (const [name, { shape }] of Object.entries(objective.batch)) {
        inputs.set(`batch/${name}`, { shape, data: batch[name]! });
      }
      inputs.set('schedule/rate', { shape: [], data: Float32Array.of(rate) });
      inputs.set('schedule/step', { shape: [], data: Float32Array.of(step) });
      const outputs = await compiled.run(inputs);
      const scalar = (name: string): number => Number(outputs.get(`logs/${name}`)!.data[0]);
      return { loss: scalar('loss'), norm: scalar('norm') };
    },
    read: () => compiled.read(),
    release: () => compiled.release(),
  };
}

/** The graph of a training step. */
export function traceStep(objective: Objective, optimiser: OptimiserConfig, passes?: readonly Pass[]): Graph {
  const { fn, specs } = stepFunction(objective, optimiser);
  return trace(fn, specs, passes);
}

function stepFunction(
  objective: Objective,
  optimiser: OptimiserConfig,
): { fn: (inputs: TensorsOf<StepSpecs>) => TensorGroups; specs: StepSpecs } {
  const { parameters } = objective;
  const slots = optimiserSlots(optimiser, parameters);
  const shapes = (names: readonly string[]): SpecGroup =>
    Object.fromEntries(names.map((name) => [name, { shape: parameters[name]!.shape }]));
  return {
    fn({ params, ema, first, second, batch, schedule }) {
      const prepared = objective.prepare?.(params, batch) ?? batch;
      const { value, gradients } = valueAndGradients(params, (current) => objective.loss(current, prepared));
      const { groups, norm } = update(optimiser, params, gradients, { ema, first, second }, schedule);
      return { ...groups, logs: { loss: value, norm } };
    },
    specs: {
      params: shapes(Object.keys(parameters)),
      ema: shapes(slots.ema),
      first: shapes(slots.first),
      second: shapes(slots.second),
      batch: objective.batch,
      schedule: { rate: { shape: [] }, step: { shape: [] } },
    },
  };
}

type SpecGroup = Readonly<Record<string, TensorSpec>>;
type StepSpecs = {
  readonly [Group in (typeof STATE_GROUPS)[number] | 'batch']: SpecGroup;
} & { readonly schedule: { readonly rate: TensorSpec; readonly step: TensorSpec } };
