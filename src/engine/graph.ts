/** The element types that graphs use. `int64` holds shapes and axes; tfjs has no such type. */
export type GraphType = 'float32' | 'float16' | 'int32' | 'int64' | 'bool' | 'uint8';

/** A tensor in a graph: what a node, an input or a constant produces. Its identity is the object itself. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: GraphType;
}

/** A constant's contents; `bool` is stored as bytes. */
export type ConstantData = Float32Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array;

export type Attribute = number | string | readonly number[] | { readonly float: number };

/** One ONNX operator call. */
export interface Node {
  /** The operator's name; behind its domain and a dot where it is none of the standard's. */
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A straight-line program in topological order. */
export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly { readonly name: string; readonly value: Value }[];
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<Value, ConstantData>;
}

/** The name of the output that is the next value of an input: ONNX wants all names to differ. */
export function updated(input: string): string {
  return `${input}'`;
}

/** The types that tfjs tensors have. */
export type FilledType = 'float32' | 'int32' | 'bool';

function arrayOf(value: number, length: number, type: FilledType): ConstantData {
  if (type === 'float32') return new Float32Array(length).fill(value);
  return type === 'int32'
    ? new Int32Array(length).fill(value)
    : new Uint8Array(length).fill(value === 0 ? 0 : 1);
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * Collects nodes in order of execution. Every operator here is pure, so that a call equal to an earlier one can be
 * answered with that one's outputs.
 */
export class GraphBuilder {
  readonly inputs: Value[] = [];
  readonly nodes: Node[] = [];
  readonly constants = new Map<Value, ConstantData>();
  readonly #own = new Set<Value>();
  readonly #known = new Map<string, readonly Value[]>();
  readonly #producers = new Map<Value, Node>();
  readonly #share: boolean;
  #count = 0;

  /** @param share whether equal calls become one node; equal constants always do */
  constructor(share = true) {
    this.#share = share;
  }

  input(name: string, shape: readonly number[], type: GraphType): Value {
    const value = { name, shape: [...shape], type };
    this.inputs.push(value);
    this.#own.add(value);
    return value;
  }

  /** Tells whether a value is of this graph; one of another graph may have the same name. */
  owns(value: Value): boolean {
    return this.#own.has(value);
  }

  /** The node that computes a value; none for inputs and constants. */
  producer(value: Value): Node | undefined {
    return this.#producers.get(value);
  }

  constant(data: ConstantData, shape: readonly number[], type: GraphType): Value {
    // The key holds the bytes: as text, −0 would be 0.
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const key = data.length <= 64 ? `constant ${type} [${shape}] ${bytes.toString('hex')}` : undefined;
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known) return known[0]!;
    const value = this.#fresh(shape, type);
    this.constants.set(value, data);
    if (key !== undefined) this.#known.set(key, [value]);
    return value;
  }

  /** A constant list of integers, as ONNX wants for shapes, axes and bounds. */
  integers(list: readonly number[]): Value {
    return this.constant(BigInt64Array.from(list, BigInt), [list.length], 'int64');
  }

  /** A constant scalar, float32 when no type is given. */
  scalar(value: number, type: FilledType = 'float32'): Value {
    return this.constant(arrayOf(value, 1, type), [], type);
  }

  /** A constant tensor of equal elements that takes no room in the file; float32 when no type is given. */
  filled(value: number, shape: readonly number[], type: FilledType = 'float32'): Value {
    const size = sizeOf(shape);
    if (size <= 64) return this.constant(arrayOf(value, size, type), shape, type);
    return this.add('Expand', [this.scalar(value, type), this.integers(shape)], shape, type);
  }

  /** Appends a node with one output. */
  add(
    op: string,
    inputs: readonly Value[],
    shape: readonly number[],
    type: GraphType,
    attributes: Node['attributes'] = {},
  ): Value {
    return this.addMany(op, inputs, [{ shape, type }], attributes)[0]!;
  }

  /** Appends a node with any number of outputs. */
  addMany(
    op: string,
    inputs: readonly Value[],
    outputs: readonly { readonly shape: readonly number[]; readonly type: GraphType }[],
    attributes: Node['attributes'] = {},
  ): readonly Value[] {
    const key = this.#share
      ? `${op}(${inputs.map((input) => input.name).join()}) ${JSON.stringify(attributes)} ${outputs.length}`
      : undefined;
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known) return known;
    const values = outputs.map(({ shape, type }) => this.#fresh(shape, type));
    const node = { op, inputs, outputs: values, attributes };
    this.nodes.push(node);
    for (const value of values) this.#producers.set(value, node);
    if (key !== undefined) this.#known.set(key, values);
    return values;
  }

  /** The graph of everything so far. */
  finish(outputs: Graph['outputs']): Graph {
    return { inputs: this.inputs, outputs, nodes: this.nodes, constants: this.constants };
  }

  #fresh(shape: readonly number[], type: GraphType): Value {
    this.#count += 1;
    const value = { name: `v${this.#count}`, shape: [...shape], type };
    this.#own.add(value);
    return value;
  }
}

/** The graph with one output converted to bytes, a type that tfjs does not have; values must be 0…255. */
export function withByteOutput(graph: Graph, name: string): Graph {
  const output = graph.outputs.find((candidate) => candidate.name === name);
  if (!output) throw new Error(`the graph has no output ${name}`);
  const bytes: Value = { name: `${name}.bytes`, shape: output.value.shape, type: 'uint8' };
  const cast: Node = { op: 'Cast', inputs: [output.value], outputs: [bytes], attributes: { to: 2 } };
  return {
    ...graph,
    nodes: [...graph.nodes, cast],
    outputs: graph.outputs.map((other) => (other === output ? { name, value: bytes } : other)),
  };
}
