import type { HostTensor, TensorGroup, TensorSpec } from '../engine/index.ts';
import type { ParameterSpecs } from '../model/parameters.ts';
import type { Objective } from './step.ts';

export type SpecGroup = Readonly<Record<string, TensorSpec>>;

/** The shapes of some of the parameters, for a group of a graph's inputs. */
export function shapesOf(parameters: ParameterSpecs, names: Iterable<string>): SpecGroup {
  return Object.fromEntries([...names].map((name) => [name, { shape: parameters[name]!.shape }]));
}

/** The groups of inputs that a graph of the objective has, whatever else it does. */
export function objectiveSpecs({
  parameters,
  frozen,
  batch,
}: Objective): Readonly<Record<'params' | 'frozen' | 'batch', SpecGroup>> {
  return {
    params: shapesOf(parameters, Object.keys(parameters)),
    frozen: Object.fromEntries([...(frozen ?? [])].map(([name, { shape }]) => [name, { shape }])),
    batch,
  };
}

/** The batch as the loss takes it. */
export function prepareBatch(
  objective: Objective,
  { params, frozen, batch }: Readonly<Record<'params' | 'frozen' | 'batch', TensorGroup>>,
): TensorGroup {
  return objective.prepare?.(params, batch, frozen) ?? batch;
}

/** The values of a model's parameters with their shapes; values of others are left out. */
export function tensorsOf(
  parameters: ParameterSpecs,
  values: ReadonlyMap<string, Float32Array>,
): Map<string, HostTensor> {
  return new Map(
    Object.entries(parameters).map(([name, { shape }]) => [name, { shape, data: values.get(name)! }]),
  );
}

/** What stays as it is, by the names that graphs have for it. */
export function frozenTensors({ frozen }: Objective): [string, HostTensor][] {
  return [...(frozen ?? [])].map(([name, tensor]) => [`frozen/${name}`, tensor]);
}

/** A group of parameters, by the names that graphs have for them. */
export function groupTensors(
  { parameters }: Objective,
  group: string,
  values: ReadonlyMap<string, Float32Array>,
): [string, HostTensor][] {
  return [...values].map(([name, data]) => [`${group}/${name}`, { shape: parameters[name]!.shape, data }]);
}
