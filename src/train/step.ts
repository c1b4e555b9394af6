import * as tf from '@tensorflow/tfjs';
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
import {
  frozenTensors,
  groupTensors,
  objectiveSpecs,
  prepareBatch,
  type SpecGroup,
  shapesOf,
} from './inputs.ts';
import { type OptimiserConfig, optimiserSlots, update } from './optimiser/index.ts';
import { initialScaling, LOSS_SCALE, nextScale } from './optimiser/lossScale.ts';

/** What is trained: parameters, the shape of a batch, and a pure function from batch to loss. */
export interface Objective {
  readonly parameters: ParameterSpecs;
  readonly batch: Readonly<Record<string, TensorSpec>>;
  /** Parameters that stay as they are: a teacher's, say. */
  readonly frozen?: ReadonlyMap<string, HostTensor>;
  /**
   * Prepares what needs no gradient, such as the model's own predictions as context; the batch itself if absent.
   *
   * @param frozen the frozen parameters, where the objective has them
   */
  prepare?(params: TensorGroup, batch: TensorGroup, frozen: TensorGroup): TensorGroup;
  loss(params: TensorGroup, batch: TensorGroup): tf.Scalar;
  /** What held-out footage is judged by; the loss if absent. */
  measure?(params: TensorGroup, batch: TensorGroup): tf.Scalar;
}

/** Everything that changes while training: groups of arrays by name. */
export interface TrainState {
  readonly params: Map<string, Float32Array>;
  readonly ema: Map<string, Float32Array>;
  readonly first: Map<string, Float32Array>;
  readonly second: Map<string, Float32Array>;
  /** What the loss is multiplied by in float16, and since when: `scale` and `steps`, a number each. */
  readonly scaling: Map<string, Float32Array>;
}

/** The groups that are shaped as the parameters are. */
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
  return { params, ema, first: zeros(slots.first), second: zeros(slots.second), scaling: initialScaling() };
}

/** The arrays of one batch, by name. */
export type Batch = Readonly<Record<string, HostArray>>;

export interface StepOptions extends StatefulOptions {
  /** Batches whose mean gradient makes one step; 1 when left out. Memory is that of one. */
  readonly accumulate?: number;
}

/** What a training step tells of itself. */
export interface StepResult {
  /** The mean over the step's batches. */
  readonly loss: number;
  /** The length of the gradient of all parameters. */
  readonly norm: number;
  /** Whether the gradient overflowed float16, so that only the scale of the loss changed. */
  readonly skipped?: boolean;
}

/** The arrays of a batch by the names that graphs have for them. */
export function batchInputs(objective: Objective, batch: Batch): Map<string, HostTensor<HostArray>> {
  return new Map(
    Object.entries(objective.batch).map(([name, { shape }]) => [
      `batch/${name}`,
      { shape, data: batch[name]! },
    ]),
  );
}

/** One compiled training step. */
export interface TrainStep {
  /** What executes it, as in `onnxruntime cpu`. */
  readonly where: string;
  /** Sets the state to train; `read` brings its arrays up to date. */
  load(state: TrainState): Promise<void>;
  /** Trains one step on as many batches as were asked for. */
  run(batches: readonly Batch[], rate: number, step: number): Promise<StepResult>;
  read(): Promise<void>;
  release(): Promise<void>;
}

/** Compiles loss, gradients and update as one function that changes the state where it lies. */
export async function compileStep(
  objective: Objective,
  optimiser: OptimiserConfig,
  { accumulate = 1, ...options }: StepOptions = {},
): Promise<TrainStep> {
  const scaled = options.precision === 'float16';
  const { fn, specs } = stepFunction(objective, optimiser, accumulate, scaled);
  const compiled = await compileStateful(fn, specs, [...STATE_GROUPS, 'sums', 'scaling', 'frozen'], options);
  return {
    where: compiled.where,
    async load(state) {
      const tensors = new Map([
        ...STATE_GROUPS.flatMap((group) => groupTensors(objective, group, state[group])),
        ...frozenTensors(objective),
      ]);
      for (const [name, { shape }] of Object.entries(specs.sums))
        tensors.set(`sums/${name}`, { shape, data: new Float32Array(sizeOf(shape)) });
      for (const name of Object.keys(specs.scaling))
        tensors.set(`scaling/${name}`, { shape: [], data: state.scaling.get(name)! });
      await compiled.load(tensors);
    },
    async run(batches, rate, step) {
      if (batches.length !== accumulate)
        throw new Error(`a step takes ${accumulate} batches, not ${batches.length}`);
      let [loss, norm, skipped] = [0, 0, false];
      for (const [index, batch] of batches.entries()) {
        const inputs = batchInputs(objective, batch);
        const schedule: Readonly<Record<string, number>> = {
          rate,
          step,
          last: index === accumulate - 1 ? 1 : 0,
        };
        for (const name of Object.keys(specs.schedule))
          inputs.set(`schedule/${name}`, {
            shape: [],
            data: Float32Array.of(schedule[name]!),
          });
        const outputs = await compiled.run(inputs);
        const scalar = (name: string): number => Number(outputs.get(`logs/${name}`)!.data[0]);
        loss += scalar('loss') / accumulate;
        norm = scalar('norm');
        skipped = scaled && scalar('skipped') > 0;
      }
      return { loss, norm, skipped };
    },
    read: () => compiled.read(),
    release: () => compiled.release(),
  };
}

/** The loss alone, for batches that are only measured. */
export interface Loss {
  /** Mean loss over batches under given parameters. */
  mean(params: ReadonlyMap<string, Float32Array>, batches: readonly Batch[]): Promise<number>;
  release(): Promise<void>;
}

/** Compiles what held-out footage is judged by, without gradients or update. */
export async function compileLoss(objective: Objective, options: StatefulOptions = {}): Promise<Loss> {
  const compiled = await compileStateful(
    (inputs) => {
      const prepared = prepareBatch(objective, inputs);
      return { logs: { loss: (objective.measure ?? objective.loss)(inputs.params, prepared) } };
    },
    objectiveSpecs(objective),
    ['params', 'frozen'],
    options,
  );
  return {
    async mean(params, batches) {
      const state = [...groupTensors(objective, 'params', params), ...frozenTensors(objective)];
      await compiled.load(new Map(state));
      let sum = 0;
      for (const batch of batches) {
        sum += Number((await compiled.run(batchInputs(objective, batch))).get('logs/loss')!.data[0]);
      }
      return sum / batches.length;
    },
    release: () => compiled.release(),
  };
}

/** The graph of a training step. */
export function traceStep(
  objective: Objective,
  optimiser: OptimiserConfig,
  passes?: readonly Pass[],
  accumulate = 1,
): Graph {
  const { fn, specs } = stepFunction(objective, optimiser, accumulate, false);
  return trace(fn, specs, passes);
}

/**
 * A training step as a function. To accumulate gradients, it adds each batch's to `sums`; the last of them
 * (`schedule/last` is 1) makes the update and clears the sums, the others leave everything else as it is. With a
 * scaled loss, a step whose gradient is not finite changes nothing but the scale.
 */
function stepFunction(
  objective: Objective,
  optimiser: OptimiserConfig,
  accumulate: number,
  scaled: boolean,
): { fn: (inputs: TensorsOf<StepSpecs>) => TensorGroups; specs: StepSpecs } {
  const { parameters } = objective;
  const slots = optimiserSlots(optimiser, parameters);
  const names = Object.keys(parameters);
  const shared = objectiveSpecs(objective);
  return {
    fn({ params, ema, first, second, sums, scaling, frozen, batch, schedule }) {
      const prepared = prepareBatch(objective, { params, frozen, batch });
      const { rate, step, last } = schedule;
      const { value, gradients } = scaledGradients(params, scaling.scale, (current) =>
        objective.loss(current, prepared),
      );
      const totals = last
        ? mapNames(names, (name) => sums[name]!.add(gradients[name]!.div(accumulate)))
        : gradients;
      const { groups, norm } = update(optimiser, params, totals, { ema, first, second }, { rate, step });
      const logs = { loss: value, norm };
      const before: TensorGroups = { params, ema, first, second };
      const moved = scaled ? afterScaledStep(before, groups, scaling, norm) : { groups, logs: {} };
      if (!last) return { ...moved.groups, logs: { ...logs, ...moved.logs } };
      const cleared = mapNames(names, (name) => tf.zerosLike(totals[name]!));
      const waiting: TensorGroups = { ...before, ...(scaled && { scaling }), sums: totals };
      const after = chooseGroups(last.greater(0), { ...moved.groups, sums: cleared }, waiting);
      return { ...after, logs: { ...logs, ...moved.logs } };
    },
    specs: {
      ...shared,
      ema: shapesOf(parameters, slots.ema),
      first: shapesOf(parameters, slots.first),
      second: shapesOf(parameters, slots.second),
      sums: accumulate === 1 ? {} : shared.params,
      scaling: scaled ? LOSS_SCALE : {},
      schedule: {
        rate: { shape: [] },
        step: { shape: [] },
        ...(accumulate === 1 ? {} : { last: { shape: [] } }),
      },
    },
  };
}

/** The loss and its gradients; they are computed of the scaled loss where there is a scale. */
function scaledGradients(
  params: TensorGroup,
  scale: tf.Tensor | undefined,
  loss: (params: TensorGroup) => tf.Scalar,
): ReturnType<typeof valueAndGradients> {
  if (!scale) return valueAndGradients(params, loss);
  const { value, gradients } = valueAndGradients(params, (current) => loss(current).mul(scale).asScalar());
  return {
    value: value.div(scale).asScalar(),
    gradients: mapNames(Object.keys(gradients), (name) => gradients[name]!.div(scale)),
  };
}

/** State and logs after a step with a scaled loss: as before where the gradient overflowed. */
function afterScaledStep(
  before: TensorGroups,
  after: TensorGroups,
  scaling: TensorGroup,
  norm: tf.Tensor,
): { groups: TensorGroups; logs: TensorGroup } {
  const finite = norm.isFinite();
  // At a scale of one it is the training itself that went wrong, and that should show.
  const skipped = finite.logicalNot().logicalAnd(scaling.scale!.greater(1)).cast('float32');
  return {
    groups: { ...chooseGroups(finite, after, before), scaling: nextScale(scaling, finite) },
    logs: { skipped },
  };
}

function mapNames(names: readonly string[], make: (name: string) => tf.Tensor): TensorGroup {
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}

/** All tensors of `after` where the condition, a scalar, holds, else those of `before`. */
function chooseGroups(condition: tf.Tensor, after: TensorGroups, before: TensorGroups): TensorGroups {
  return Object.fromEntries(
    Object.entries(after).map(([group, tensors]) => [
      group,
      Object.fromEntries(
        Object.entries(tensors).map(([name, tensor]) => [
          name,
          tf.where(condition, tensor, before[group]![name]!),
        ]),
      ),
    ]),
  );
}

type StepSpecs = {
  readonly [Group in (typeof STATE_GROUPS)[number] | 'sums' | 'scaling' | 'frozen' | 'batch']: SpecGroup;
} & {
  readonly schedule: { readonly rate: TensorSpec; readonly step: TensorSpec; readonly last?: TensorSpec };
};
