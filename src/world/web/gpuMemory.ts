import type * as Ort from 'onnxruntime-web';
import type { WorldManifest } from '../manifest.ts';
import { cacheShape, type FrameMemory, newSlots } from '../memory.ts';
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
 * into it there. A copy of each frame's part comes to the host, to be put back when the frame is recalled.
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
  const storage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
  const buffer = (length: number): GPUBuffer => device.createBuffer({ size: length * 4, usage: storage });
  const [keys, values] = [buffer(size), buffer(size)];
  const uploaded = buffer(rowCount);
  const place = device.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: STORE }), entryPoint: 'main' },
  });
  const tensor = (buffer: GPUBuffer) =>
    ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: shape });
  const cache = { keys: tensor(keys), values: tensor(values) };

  const store = (rows: GPUBuffer, target: GPUBuffer, slot: number): void => {
    device.queue.writeBuffer(place, 0, Uint32Array.of(rowCount, headDim, window, slot));
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

  const upload = (rows: Float32Array, target: GPUBuffer, slot: number): void => {
    device.queue.writeBuffer(uploaded, 0, Float32Array.from(rows));
    store(uploaded, target, slot);
  };
  const slots = newSlots(manifest, (rows, slot) => {
    upload(rows.keys, keys, slot);
    upload(rows.values, values, slot);
  });

  return {
    denoise: async (frame) =>
      floats(
        new Map(Object.entries(await dynamics.run({ ...feedsOf(ort, dynamics, frame), ...cache }))),
        'prediction',
      ),
    remember: async (frame, slot) => {
      const { newKeys, newValues } = await context.run({ ...feedsOf(ort, context, frame), ...cache });
      store(bufferOf(newKeys), keys, slot);
      store(bufferOf(newValues), values, slot);
      slots.hold({ keys: await taken(newKeys), values: await taken(newValues) }, slot);
    },
    save: slots.save,
    load: slots.load,
  };
}

/** Brings a tensor to the host and frees it on the GPU. */
async function taken(tensor: Ort.Tensor | undefined): Promise<Float32Array> {
  const data: unknown = await tensor?.getData(true);
  if (data instanceof Float32Array) return data;
  throw new Error('context.onnx does not give float32');
}

function bufferOf(tensor: Ort.Tensor | undefined): GPUBuffer {
  const buffer: unknown = tensor?.gpuBuffer;
  if (buffer instanceof GPUBuffer) return buffer;
  throw new Error('context.onnx gives nothing on the GPU');
}
