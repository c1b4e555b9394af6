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

/** One ONNX operator call. `domain` is empty for the standard operators. */
export interface Node {
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

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * Collects nodes while a function is traced. Equal calls are made once (common subexpressions), which needs
 * no later pass since every operator here is pure.
 */
export class GraphBuilder {
  readonly inputs: Value[] = [];
  readonly nodes: Node[] = [];
  readonly constants = new Map<Value, ConstantData>();
  readonly #known = new Map<string, readonly Value[]>();
  #count = 0;

  input(name: string, shape: readonly number[], type: GraphType): Value {
    const value = { name, shape: [...shape], type };
    this.inputs.push(value);
    return value;
  }

  constant(data: ConstantData, shape: readonly number[], type: GraphType): Value {
    const key = data.length <= 64 ? `constant ${type} [${shape}] ${data.join()}` : undefined;
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

  /** A constant float32 scalar. */
  scalar(value: number): Value {
    return this.constant(Float32Array.of(value), [], 'float32');
  }

  /** A constant tensor of equal float32 elements that takes no room in the file. */
  filled(value: number, shape: readonly number[]): Value {
    if (sizeOf(shape) <= 64)
      return this.constant(new Float32Array(sizeOf(shape)).fill(value), shape, 'float32');
    return this.add('Expand', [this.scalar(value), this.integers(shape)], shape, 'float32');
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
    const key = `${op}(${inputs.map((input) => input.name).join()}) ${JSON.stringify(attributes)} ${outputs.length}`;
    const known = this.#known.get(key);
    if (known) return known;
    const values = outputs.map(({ shape, type }) => this.#fresh(shape, type));
    this.nodes.push({ op, inputs, outputs: values, attributes });
    this.#known.set(key, values);
    return values;
  }

  /** The finished graph, with the nodes that no output needs left out. */
  finish(outputs: Graph['outputs']): Graph {
    const needed = new Set(outputs.map((output) => output.value));
    const nodes: Node[] = [];
    for (const node of this.nodes.toReversed()) {
      if (!node.outputs.some((output) => needed.has(output))) continue;
      nodes.push(node);
      for (const input of node.inputs) needed.add(input);
    }
    nodes.reverse();
    const constants = new Map([...this.constants].filter(([value]) => needed.has(value)));
    return { inputs: this.inputs, outputs, nodes, constants };
  }

  #fresh(shape: readonly number[], type: GraphType): Value {
    this.#count += 1;
    return { name: `v${this.#count}`, shape: [...shape], type };
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
