import { UserError } from '../../errors.ts';
import { PASSES } from '../passes/index.ts';
import type { HostArray, HostTensor } from '../program.ts';
import { Program } from '../program.ts';
import { type SpecGroups, type TensorGroups, type TensorsOf, trace } from '../trace.ts';
import type { Device } from './device.ts';
import { eagerFunction } from './eager.ts';
import { cudaFolder } from './machine.ts';
import { webgpuFunction } from './webgpu.ts';

/** A function with state that stays where it runs: parameters and moments between training steps. */
export interface StatefulFunction {
  /** What executes it, as in `onnxruntime cpu` or `tfjs wasm`. */
  readonly where: string;
  /** Sets the state, by `group/name`. The arrays belong to the function until it is released or loaded anew. */
  load(state: ReadonlyMap<string, HostTensor>): Promise<void>;
  /** Runs once: the state becomes its new value, everything else that the function returns comes back. */
  run(inputs: ReadonlyMap<string, HostTensor<HostArray>>): Promise<Map<string, HostTensor<HostArray>>>;
  /** Brings the arrays given to `load` up to date. */
  read(): Promise<void>;
  release(): Promise<void>;
}

export interface StatefulOptions {
  /** `cpu` when left out. */
  readonly device?: Device;
  /** Threads of one run on the CPU; all physical cores when left out. */
  readonly threads?: number;
}

/**
 * Compiles a function that maps state to its next value for a device.
 *
 * @param fn a pure function of tensors; it returns a new value for every tensor of the groups in `state`
 * @param state the groups of `specs` that are state
 * @throws UserError when this machine lacks the device
 */
export async function compileStateful<Specs extends SpecGroups>(
  fn: (inputs: TensorsOf<Specs>) => TensorGroups,
  specs: Specs,
  state: readonly (keyof Specs & string)[],
  { device = 'cpu', threads }: StatefulOptions = {},
): Promise<StatefulFunction> {
  if (device === 'tfjs') return eagerFunction(fn, specs, state);
  if (device === 'webgpu') return webgpuFunction(trace(fn, specs, PASSES.webgpu), state);
  if (device === 'cuda' && !cudaFolder()) {
    throw new UserError('this onnxruntime has no CUDA', 'reverie info says how to get it');
  }
  const graph = trace(fn, specs, PASSES[device]);
  const isState = (name: string): boolean => state.some((group) => name.startsWith(`${group}/`));
  const donate = graph.inputs.map(({ name }) => name).filter(isState);
  const program = await Program.compile(graph, {
    donate,
    device,
    ...(threads === undefined ? {} : { threads }),
  });
  return hostFunction(program, `onnxruntime ${device}`);
}

/** State in the host's arrays, which every run overwrites in place. */
function hostFunction(program: Program, where: string): StatefulFunction {
  let held: ReadonlyMap<string, HostTensor> = new Map();
  return {
    where,
    async load(state) {
      held = state;
    },
    run: (inputs) => program.run(new Map([...held, ...inputs])),
    async read() {},
    release: () => program.release(),
  };
}
