import { z } from 'zod';
import { trainConfig } from '../../src/train/config.ts';

/** What JSON Schema says of a setting or a group of them, as far as it is shown. */
const node = z.looseObject({
  description: z.string().default(''),
  type: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  items: z.unknown().optional(),
  prefixItems: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
});
type Node = z.infer<typeof node>;

/** Every setting of a recipe with its values and its default, in the words of the schema. */
export function configReference(): string {
  const root = node.parse(z.toJSONSchema(trainConfig, { io: 'input' }));
  return `# Settings of a recipe

Made from the schema by \`npm run docs\`. A recipe is a YAML file like those under [configs](../configs); an unknown key is refused with the nearest known one. \`reverie train --set dynamics.width=256\` replaces a setting from the command line. What \`reverie ingest\` leaves out and where it cuts is in [configs/ingest.yaml](../configs/ingest.yaml), with a comment for each number.

${group('The recipe', root)}`;
}

function group(title: string, { properties = {}, required, ...whole }: Node): string {
  const variants = whole.oneOf ?? whole.anyOf;
  if (variants) return variants.map((variant) => group(title, node.parse(variant))).join('\n');
  const settings = Object.entries(properties).map(([name, value]) => ({ name, value: node.parse(value) }));
  const nested = settings.filter(({ value }) => value.properties ?? value.oneOf ?? value.anyOf);
  const rows = settings.map(({ name, value }) => {
    const note = value.default === undefined ? '' : `; ${JSON.stringify(value.default)} when left out`;
    const optional = required.includes(name) || note !== '' ? '' : '; may be left out';
    return `| \`${name}\` | ${values(value)}${note}${optional} | ${value.description} |`;
  });
  const kind = settings.find(({ value }) => value.const !== undefined);
  const heading = kind ? `${title}, ${kind.name} ${JSON.stringify(kind.value.const)}` : title;
  return [
    `## ${heading}\n\n| setting | values | what it is |\n|---|---|---|\n${rows.join('\n')}\n`,
    ...nested.map(({ name, value }) => group(`\`${name}\``, value)),
  ].join('\n');
}

function values(value: Node): string {
  if (value.const !== undefined) return JSON.stringify(value.const);
  if (value.enum) return value.enum.join(', ');
  if (value.properties ?? value.oneOf ?? value.anyOf) return 'see below';
  if (value.prefixItems)
    return `${value.prefixItems.length} values: ${values(node.parse(value.prefixItems[0]))}`;
  if (value.type === 'array') return `a list: ${values(node.parse(value.items))}`;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = value;
  const bounds = [
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    minimum !== undefined && Math.abs(minimum) < Number.MAX_SAFE_INTEGER && `from ${minimum}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER && `to ${maximum}`,
  ].filter(Boolean);
  const kind = value.type === 'integer' ? 'whole number' : (value.type ?? 'anything');
  return [kind, ...bounds].join(' ');
}
