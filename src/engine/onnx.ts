import protobuf from 'protobufjs/minimal.js';
import { toFloat16 } from './float16.ts';
import type { Attribute, ConstantData, Graph, GraphType, Node, Value } from './graph.ts';

const OPSET = 18;
const IR_VERSION = 9;

/** `TensorProto.DataType` of onnx.proto. */
const DATA_TYPE: Record<GraphType, number> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};
/** `AttributeProto.AttributeType` of onnx.proto. */
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const;

type Message = (writer: protobuf.Writer) => void;

/**
 * Encodes a graph as an ONNX file (`ModelProto` of onnx.proto, opset 18).
 *
 * @param weights inputs that become constants of the file, by input name, stored as float16 to halve the file;
 *   runtimes widen them once, when they load it. The rest stay inputs.
 */
export function encodeModel(
  graph: Graph,
  weights: ReadonlyMap<string, Float32Array> = new Map(),
): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, 0)).int64(IR_VERSION);
  writer.uint32(tag(2, 2)).string('reverie');
  message(writer, 7, (body) => encodeGraph(body, graph, weights));
  for (const domain of new Set(['', ...graph.nodes.map(({ op }) => splitName(op).domain)])) {
    message(writer, 8, (body) => {
      body.uint32(tag(1, 2)).string(domain);
      body.uint32(tag(2, 0)).int64(domain === '' ? OPSET : 1);
    });
  }
  return writer.finish();
}

function encodeGraph(
  writer: protobuf.Writer,
  graph: Graph,
  weights: ReadonlyMap<string, Float32Array>,
): void {
  const nodes = nameOutputs(graph);
  const used = new Set(nodes.flatMap((node) => node.inputs));
  const inputs = graph.inputs.filter((input) => used.has(input) || !weights.has(input.name));
  for (const input of inputs) {
    if (!weights.has(input.name)) continue;
    const attributes = { to: DATA_TYPE.float32 };
    message(writer, 1, (body) =>
      encodeNode(body, { op: 'Cast', inputs: [narrow(input)], outputs: [input], attributes }),
    );
  }
  for (const node of nodes) message(writer, 1, (body) => encodeNode(body, node));
  writer.uint32(tag(2, 2)).string('reverie');
  for (const [value, data] of graph.constants) message(writer, 5, (body) => encodeTensor(body, value, data));
  for (const input of inputs) {
    const data = weights.get(input.name);
    if (data) message(writer, 5, (body) => encodeTensor(body, narrow(input), toFloat16(data)));
    else message(writer, 11, (body) => encodeValueInfo(body, input));
  }
  for (const { name, value } of graph.outputs) {
    message(writer, 12, (body) => encodeValueInfo(body, { ...value, name }));
  }
}

function narrow(weight: Value): Value {
  return { ...weight, name: `${weight.name}.float16`, type: 'float16' };
}

/** Renames the values that leave the graph; one that leaves twice, or is an input, gets a node that copies it. */
function nameOutputs(graph: Graph): readonly Node[] {
  const computed = new Set(graph.nodes.flatMap((node) => node.outputs));
  const renamed = new Map<Value, Value>();
  const copies: Node[] = [];
  for (const { name, value } of graph.outputs) {
    if (computed.has(value) && !renamed.has(value)) renamed.set(value, { ...value, name });
    else copies.push({ op: 'Identity', inputs: [value], outputs: [{ ...value, name }], attributes: {} });
  }
  const rename = (value: Value): Value => renamed.get(value) ?? value;
  return [...graph.nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
}

function splitName(op: string): { domain: string; name: string } {
  const dot = op.lastIndexOf('.');
  return { domain: op.slice(0, Math.max(0, dot)), name: op.slice(dot + 1) };
}

function encodeNode(writer: protobuf.Writer, node: Node): void {
  for (const input of node.inputs) writer.uint32(tag(1, 2)).string(input.name);
  for (const output of node.outputs) writer.uint32(tag(2, 2)).string(output.name);
  const { domain, name } = splitName(node.op);
  writer.uint32(tag(4, 2)).string(name);
  if (domain !== '') writer.uint32(tag(7, 2)).string(domain);
  for (const [key, attribute] of Object.entries(node.attributes)) {
    message(writer, 5, (body) => encodeAttribute(body, key, attribute));
  }
}

function encodeAttribute(writer: protobuf.Writer, name: string, attribute: Attribute): void {
  writer.uint32(tag(1, 2)).string(name);
  if (typeof attribute === 'number') {
    writer.uint32(tag(3, 0)).int64(attribute);
    writer.uint32(tag(20, 0)).int32(ATTRIBUTE_TYPE.int);
  } else if (typeof attribute === 'string') {
    writer.uint32(tag(4, 2)).string(attribute);
    writer.uint32(tag(20, 0)).int32(ATTRIBUTE_TYPE.string);
  } else if ('float' in attribute) {
    writer.uint32(tag(2, 5)).float(attribute.float);
    writer.uint32(tag(20, 0)).int32(ATTRIBUTE_TYPE.float);
  } else {
    for (const item of attribute) writer.uint32(tag(8, 0)).int64(item);
    writer.uint32(tag(20, 0)).int32(ATTRIBUTE_TYPE.ints);
  }
}

function encodeTensor(writer: protobuf.Writer, value: Value, data: ConstantData): void {
  for (const side of value.shape) writer.uint32(tag(1, 0)).int64(side);
  writer.uint32(tag(2, 0)).int32(DATA_TYPE[value.type]);
  writer.uint32(tag(8, 2)).string(value.name);
  writer.uint32(tag(9, 2)).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function encodeValueInfo(writer: protobuf.Writer, value: Value): void {
  writer.uint32(tag(1, 2)).string(value.name);
  message(writer, 2, (type) =>
    message(type, 1, (tensor) => {
      tensor.uint32(tag(1, 0)).int32(DATA_TYPE[value.type]);
      message(tensor, 2, (shape) => {
        for (const side of value.shape)
          message(shape, 1, (dimension) => dimension.uint32(tag(1, 0)).int64(side));
      });
    }),
  );
}

function message(writer: protobuf.Writer, field: number, fill: Message): void {
  writer.uint32(tag(field, 2)).fork();
  fill(writer);
  writer.ldelim();
}

/** A field's key in protocol buffers: 0 varint, 2 length-delimited, 5 four bytes. */
function tag(field: number, wire: 0 | 2 | 5): number {
  return field * 8 + wire;
}
