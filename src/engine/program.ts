import { InferenceSession, Tensor } from 'onnxruntime-node';
import { checkDonations } from './donation.ts';
import { type Graph, updated } from './graph.ts';
import { encodeModel } from './onnx.ts';

/** A tensor's contents on the host. */
export type HostArray = Float32Array | Int32Array | BigInt64Array | Uint8Array;

export interface HostTensor<Data extends HostArray = Float32Array> {
  readonly shape: readonly number[];
  readonly data: Data;
}

export interface ProgramOptions {
  /**
   * Inputs, by `group/name`, whose memory their new value overwrites: parameters and optimiser moments are
   * updated in place and never copied.
   */
  readonly donate?: Iterable<string>;
  /** Threads of one run; all physical cores when left out. */
  readonly threads?: number;
  /** `cpu` when left out. */
  readonly device?: 'cpu' | 'cuda';
  /**
   * Whether threads that wait for work keep a core busy meanwhile, for the quickest start of the next node. They
   * do when left out; programs that take turns should not, or they take the cores from one another.
   */
  readonly spin?: boolean;
}

/** A graph that onnxruntime has compiled. */
export class Program {
  readonly #session: InferenceSession;
  /** Names of the outputs that overwrite an input, with that input's name. */
  readonly #donated: ReadonlyMap<string, string>;

  private constructor(session: InferenceSession, donated: ReadonlyMap<string, string>) {
    this.#session = session;
    this.#donated = donated;
  }

  /**
   * Compiles a traced graph.
   *
   * @throws when a donated input could be read after it is overwritten
   */
  static async compile(graph: Graph, options: ProgramOptions = {}): Promise<Program> {
    checkDonations(graph, new Set(options.donate));
    return Program.load(encodeModel(graph), options);
  }

  /** Loads an ONNX file's bytes. */
  static async load(model: Uint8Array, options: ProgramOptions = {}): Promise<Program> {
    const { device = 'cpu', threads, spin = true } = options;
    const session = await InferenceSession.create(model, {
      ...sessionOptions(device),
      ...(spin ? {} : { extra: { session: { 'intra_op.allow_spinning': '0' } } }),
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
    return new Program(session, new Map([...(options.donate ?? [])].map((name) => [updated(name), name])));
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.#session.outputNames;
  }

  /**
   * Runs the graph.
   *
   * @param inputs by name; the arrays of donated inputs hold the new values afterwards
   * @returns the outputs that are not donated, by name
   */
  async run(inputs: ReadonlyMap<string, HostTensor<HostArray>>): Promise<Map<string, HostTensor<HostArray>>> {
    const feeds: Record<string, Tensor> = {};
    for (const name of this.#session.inputNames) {
      const input = inputs.get(name);
      if (!input) throw new Error(`the program's input ${name} is missing`);
      feeds[name] = toTensor(input);
    }
    const fetches: Record<string, Tensor | null> = {};
    for (const name of this.#session.outputNames) {
      const overwritten = this.#donated.get(name);
      fetches[name] = overwritten === undefined ? null : feeds[overwritten]!;
    }
    const results = await this.#session.run(feeds, fetches);
    const outputs = new Map<string, HostTensor<HostArray>>();
    for (const [name, tensor] of Object.entries(results)) {
      if (!this.#donated.has(name)) outputs.set(name, { shape: tensor.dims, data: tensor.data as HostArray });
    }
    return outputs;
  }

  /** Frees the native memory; the program cannot run afterwards. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** What every session of onnxruntime is created with. */
export function sessionOptions(device: 'cpu' | 'cuda' | 'webgpu'): InferenceSession.SessionOptions {
  return {
    executionProviders: [device],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    logSeverityLevel: 3,
  };
}

/** An array as a tensor of onnxruntime, over the same memory. */
export function toTensor({ data, shape }: HostTensor<HostArray>): Tensor {
  if (data instanceof Float32Array) return new Tensor('float32', data, shape);
  if (data instanceof Int32Array) return new Tensor('int32', data, shape);
  if (data instanceof BigInt64Array) return new Tensor('int64', data, shape);
  return new Tensor('uint8', data, shape);
}
