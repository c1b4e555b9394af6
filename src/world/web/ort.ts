import type * as Ort from 'onnxruntime-web';
import type { HostArray, HostTensor } from '../../engine/index.ts';
import type { Runner } from '../runner.ts';

/** What computes in a browser. */
export type Backend = 'webgpu' | 'wasm';

/** onnxruntime-web, loaded and told where its WebAssembly is. */
export type OrtModule = typeof Ort;

/**
 * Loads the build of onnxruntime-web for a backend: that for WebAssembly alone is half as large.
 *
 * @param files URL of the folder with its `.mjs` and `.wasm` files
 * @param threads of one run; more than one needs a cross-origin isolated page
 */
export async function loadOrt(backend: Backend, files: URL, threads: number): Promise<OrtModule> {
  const ort = await (backend === 'webgpu'
    ? import('onnxruntime-web/webgpu')
    : import('onnxruntime-web/wasm'));
  ort.env.wasm.wasmPaths = files.href;
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  return ort;
}

/** Compiles an ONNX file for a backend. */
export function createSession(
  ort: OrtModule,
  backend: Backend,
  model: Uint8Array,
  outputs?: Ort.InferenceSession.SessionOptions['preferredOutputLocation'],
): Promise<Ort.InferenceSession> {
  return ort.InferenceSession.create(model, {
    executionProviders: [backend],
    graphOptimizationLevel: 'all',
    ...(outputs === undefined ? {} : { preferredOutputLocation: outputs }),
  });
}

/** A session whose tensors come from and go to the host's memory. */
export function hostRunner(ort: OrtModule, session: Ort.InferenceSession): Runner {
  return {
    run: async (inputs) => {
      const results = await session.run(feedsOf(ort, session, inputs));
      const outputs = new Map<string, HostTensor<HostArray>>();
      for (const [name, { dims, data }] of Object.entries(results)) {
        if (!(data instanceof Float32Array || data instanceof Uint8Array)) {
          throw new Error(`the graph's output ${name} is neither float32 nor uint8`);
        }
        outputs.set(name, { shape: dims, data });
      }
      return outputs;
    },
    release: () => session.release(),
  };
}

/** Tensors of the inputs that the session wants; others are left out. */
export function feedsOf(
  ort: OrtModule,
  session: Ort.InferenceSession,
  inputs: ReadonlyMap<string, HostTensor<HostArray>>,
): Record<string, Ort.Tensor> {
  const feeds: Record<string, Ort.Tensor> = {};
  for (const name of session.inputNames) {
    const input = inputs.get(name);
    if (input?.data instanceof Float32Array) feeds[name] = new ort.Tensor('float32', input.data, input.shape);
  }
  return feeds;
}
