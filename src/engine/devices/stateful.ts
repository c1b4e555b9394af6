import { UserError } from '../../errors.ts';
import { safeDonations } from '../donation.ts';
import { updated } from '../graph.ts';
import { cpuPasses, GPU_PASSES, halfProducts, type Pass } from '../passes/index.ts';
import type { HostArray, HostTensor } from '../program.ts';
import { Program } from '../program.ts';
import { type SpecGroups, type TensorGroups, type TensorsOf, trace } from '../trace.ts';
import { channelBlock } from './channelBlock.ts';
import { hasCompany } from './contention.ts';
import type { Device } from './device.ts';
import { eagerFunction } from './eager.ts';
import { DEVICE_FIXES, hasCudaProvider } from './machine.ts';
import { webgpuFunction } from './webgpu.ts';

/**
 * A function with state that stays where it runs: parameters and moments between training steps, or a teacher's
 * parameters, which never change.
 */
export interface StatefulFunction {
  /** What executes it, as in `onnxruntime cpu` or `tfjs-backend-wasm`. */
  readonly where: string;
  /** Sets the state, by `group/name`. The arrays belong to the function until it is released or loaded anew. */
  load(state: ReadonlyMap<string, HostTensor>): Promise<void>;
  /** Runs once: the state becomes its new value, everything else that the function returns comes back. */
  run(inputs: ReadonlyMap<string, HostTensor<HostArray>>): Promise<Map<string, HostTensor<HostArray>>>;
  /** Brings the arrays given to `load` up to date. */
  read(): Promise<void>;
  release(): Promise<void>;
}

/** What products are computed in; everything else, and all state, is float32. */
export const PRECISIONS = ['float32', 'float16'] as const;
export type Precision = (typeof PRECISIONS)[number];

export interface StatefulOptions {
  /** `cpu` when left out. */
  readonly device?: Device;
  /** Threads of one run on the CPU; all physical cores when left out. */
  readonly threads?: number;
  /**
   * Whether waiting threads on the CPU keep their core busy, for a quicker start of the next node. When left out
   * they do, unless other processes use the cores too.
   */
  readonly spin?: boolean;
  /** What the graph goes through; what suits the device when left out. */
  readonly passes?: readonly Pass[];
  /**
   * float32 when left out. float16 is for GPUs; onnxruntime's CPU provider multiplies in float32 all the same, and
   * tfjs refuses.
   */
  readonly precision?: Precision;
}

/**
 * Compiles a function that maps state to its next value for a device.
 *
 * @param fn a pure function of tensors; what it returns under the name of an input is that input's next value
 * @param state the groups of `specs` that are state; what gets no next value stays as it is
 * @throws UserError when this machine lacks the device, or the device the precision
 */
export async function compileStateful<Specs extends SpecGroups>(
  fn: (inputs: TensorsOf<Specs>) => TensorGroups,
  specs: Specs,
  state: readonly (keyof Specs & string)[],
  { device = 'cpu', threads, spin, passes, precision = 'float32' }: StatefulOptions = {},
): Promise<StatefulFunction> {
  if (device === 'tfjs') {
    if (precision !== 'float32') throw new UserError(`tfjs has no ${precision}`, 'leave --precision out');
    return eagerFunction(fn, specs, state);
  }
  if (device === 'cuda' && !hasCudaProvider()) {
    throw new UserError('onnxruntime has no CUDA here', DEVICE_FIXES.cuda);
  }
  // While the function is traced, the machine is watched.
  const company = spin === undefined && device === 'cpu' ? hasCompany() : undefined;
  const suited = passes ?? (device === 'cpu' ? cpuPasses(await channelBlock()) : GPU_PASSES[device]);
  const graph = trace(fn, specs, precision === 'float16' ? [...suited, halfProducts] : suited);
  if (device === 'webgpu') return webgpuFunction(graph, state);
  const donate = safeDonations(graph, (name) => state.some((group) => name.startsWith(`${group}/`)));
  const program = await Program.compile(graph, {
    donate,
    device,
    spin: spin ?? !(await company),
    ...(threads === undefined ? {} : { threads }),
  }).catch((error: unknown) => {
    if (device === 'cpu') throw error;
    const why = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    throw new UserError(`CUDA does not start: ${why}`, 'reverie info says what it needs; --device cpu works');
  });
  return hostFunction(program, `onnxruntime ${device}`);
}

/**
 * State in the host's arrays. A run overwrites in place what nothing can read any more by then, which is all of
 * it where the update waits for the norm of the whole gradient; what else is state is copied after the run.
 */
function hostFunction(program: Program, where: string): StatefulFunction {
  let held: ReadonlyMap<string, HostTensor> = new Map();
  return {
    where,
    async load(state) {
      held = state;
    },
    async run(inputs) {
      const outputs = await program.run(new Map([...held, ...inputs]));
      for (const [name, { data }] of held) {
        const next = outputs.get(updated(name));
        if (next) data.set(next.data as Float32Array);
        outputs.delete(updated(name));
      }
      return outputs;
    },
    async read() {},
    release: () => program.release(),
  };
}
