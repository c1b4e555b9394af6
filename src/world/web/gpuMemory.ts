import type * as Ort from 'onnxruntime-web';
import type { WorldManifest } from '../manifest.ts';
import { cacheShape, type FrameMemory } from '../memory.ts';
import { floats } from '../runner.ts';
import { feedsOf, type OrtModule } from './ort.ts';

/** The sessions of a world's dynamics; `context` leaves its outputs on the GPU. */
export interface GpuPrograms {
  readonly dynamics: Ort.InferenceSession;
  readonly context: Ort.InferenceSession;
}

const WORKGROUP = 64;

/** Puts one frame's rows into a slot of the ring buffer: [rows, headDim] → [rows, window, headDim]. */
const STORE = `
struct Place { count: u32, headDim: u32, window: u32, slot: u32 }
@group(0) @binding(0) var<storage, read> rows: array<f32>;
@group(0) @binding(1) var<storage, read_write> cache: array<f32>;
@group(0) @binding(2) var<uniform> place: Place;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= place.count) { return; }
  let row = id.x / place.headDim;
  cache[(row * place.window + place.slot) * place.headDim + id.x % place.headDim] = rows[id.x];
}`;

/**
 * A memory whose cache never leaves the GPU: the graphs read it there, and what `context.onnx` gives is copied
 * into it there.
 *
 * @param device the one that onnxruntime computes on
 */
export function gpuMemory(
  ort: OrtModule,
  device: GPUDevice,
  manifest: WorldManifest,
  { dynamics, context }: GpuPrograms,
): FrameMemory {
  const { window, headDim } = manifest.memory;
  const shape = cacheShape(manifest);
  const size = shape.reduce((product, length) => product * length, 1);
  const rowCount = size / window;
  const storage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const [keys, values] = [0, 1].map(() => device.createBuffer({ size: size * 4, usage: storage }));
  const place = device.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: STORE }), entryPoint: 'main' },
  });
  const tensor = (buffer: GPUBuffer) =>
    ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: shape });
  const cache = { keys: tensor(keys!), values: tensor(values!) };

  const store = (rows: GPUBuffer, target: GPUBuffer): void => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [rows, target, place].map((buffer, binding) => ({ binding, resource: { buffer } })),
      }),
    );
    pass.dispatchWorkgroups(Math.ceil(rowCount / WORKGROUP));
    pass.end();
    device.queue.submit([encoder.finish()]);
  };

  const read = async (buffer: GPUBuffer): Promise<Float32Array> => {
    const staging = device.createBuffer({
      size: size * 4,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, size * 4);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const data = new Float32Array(staging.getMappedRange().slice(0));
    staging.destroy();
    return data;
  };

  const write = (buffer: GPUBuffer, data: Float32Array): void =>
    device.queue.writeBuffer(buffer, 0, Float32Array.from(data));

  return {
    denoise: async (frame) =>
      floats(
        new Map(Object.entries(await dynamics.run({ ...feedsOf(ort, dynamics, frame), ...cache }))),
        'prediction',
      ),
    remember: async (frame, slot) => {
      const { newKeys, newValues } = await context.run({ ...feedsOf(ort, context, frame), ...cache });
      device.queue.writeBuffer(place, 0, Uint32Array.of(rowCount, headDim, window, slot));
      store(bufferOf(newKeys), keys!);
      store(bufferOf(newValues), values!);
      newKeys?.dispose();
      newValues?.dispose();
    },
    save: async () => ({ keys: await read(keys!), values: await read(values!) }),
    load: (saved) => {
      write(keys!, saved.keys);
      write(values!, saved.values);
    },
    clear: () => {
      write(keys!, new Float32Array(size));
      write(values!, new Float32Array(size));
    },
  };
}

function bufferOf(tensor: Ort.Tensor | undefined): GPUBuffer {
  const buffer: unknown = tensor?.gpuBuffer;
  if (buffer instanceof GPUBuffer) return buffer;
  throw new Error('context.onnx gives nothing on the GPU');
}
