import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { UserError } from '../../src/errors.ts';
import { checkConfig, readConfig } from '../../src/train/config.ts';
import { FLOW_WARP, RECIPE } from './recipe.ts';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reverie-config-'));
  path = join(folder, 'recipe.yaml');
  await writeFile(path, stringify(RECIPE));
});

afterAll(() => rm(folder, { recursive: true }));

describe('a recipe', () => {
  it.each(['configs/racetrack.yaml', 'configs/clip-15min.yaml', 'configs/transformer.yaml'])(
    '%s is valid',
    async (file) => {
      expect((await readConfig(file)).dynamics.window).toBeGreaterThan(0);
    },
  );

  it.each<[string, (raw: Record<string, unknown>) => void, RegExp]>([
    ['a misspelt key', (raw) => Object.assign(raw, { sede: 1 }), /r: unknown key sede: did you mean seed\?$/],
    [
      'a misspelt key inside',
      (raw) => Object.assign(Object(raw.dynamics), { widht: 1 }),
      /unknown key dynamics\.widht: did you mean width\?$/,
    ],
    [
      'a word for a number',
      (raw) => Object.assign(raw, { seed: 'one' }),
      /r: seed is wrong: .*expected number/,
    ],
    [
      'a fraction of a block',
      (raw) => Object.assign(Object(raw.dynamics), { depth: 1.5 }),
      /r: dynamics\.depth is wrong/,
    ],
    ['an unknown motion', (raw) => Object.assign(raw, { actions: ['fly'] }), /r: actions\.0 is wrong/],
    ['a missing part', (raw) => void Reflect.deleteProperty(raw, 'autoencoder'), /r: autoencoder is wrong/],
    [
      'heads that do not divide the width',
      (raw) => Object.assign(Object(raw.dynamics), { heads: 5 }),
      /dynamics\.heads/,
    ],
    [
      'attention in a block that is not there',
      (raw) => Object.assign(Object(raw.dynamics), { temporal: [9] }),
      /dynamics\.temporal/,
    ],
    [
      'a family that is not there',
      (raw) => Object.assign(Object(raw.dynamics), { family: 'flow' }),
      /dynamics\.family is wrong: the families are transformer and flowWarp/,
    ],
    [
      "another family's key",
      (raw) => Object.assign(raw, { dynamics: { ...FLOW_WARP, heads: 2 } }),
      /unknown key dynamics\.heads/,
    ],
  ])('with %s is refused in one line', (_, change, message) => {
    const raw: Record<string, unknown> = structuredClone(RECIPE);
    change(raw);
    expect(() => checkConfig(raw, 'r')).toThrow(UserError);
    expect(() => checkConfig(raw, 'r')).toThrow(message);
  });

  it.each(['adamw', 'muon', 'sgd'])('takes %s for the matrices, and a rate that stays', (matrices) => {
    const raw = { ...RECIPE, dynamics: { ...RECIPE.dynamics, matrices, schedule: 'constant' } };
    expect(checkConfig(raw, 'r').dynamics).toMatchObject({ matrices, schedule: 'constant' });
  });

  it('that names no family is of the transformer, and one that names it of another', () => {
    const { family: _, ...dynamics } = RECIPE.dynamics;
    expect(checkConfig({ ...RECIPE, dynamics }, 'r')).toEqual(RECIPE);
    expect(checkConfig({ ...RECIPE, dynamics: FLOW_WARP }, 'r').dynamics).toEqual(FLOW_WARP);
  });

  it('without a schedule lowers the rate along a cosine', () => {
    const { schedule: _, ...autoencoder } = RECIPE.autoencoder;
    expect(checkConfig({ ...RECIPE, autoencoder }, 'r')).toEqual(RECIPE);
  });

  it('that is empty or a list is refused', () => {
    for (const raw of [null, [], 'text'])
      expect(() => checkConfig(raw, 'r')).toThrow(/^r: the file is wrong/);
  });

  it('takes settings of the command line', async () => {
    const config = await readConfig(path, ['dynamics.width=16', 'actions=[yaw]', 'name=other']);
    expect([config.dynamics.width, config.actions, config.name]).toEqual([16, ['yaw'], 'other']);
  });

  it.each([
    ['dynamics.widht=1', /unknown key dynamics\.widht: did you mean width\?/],
    ['dynamic.width=1', /--set dynamic\.width=1: there is no dynamic/],
    ['width', /--set width is not key=value/],
    ['dynamics.width=wide', /dynamics\.width is wrong/],
    ['dynamics.width=[', /--set dynamics\.width=\[/],
  ])('refuses --set %s', async (override, message) => {
    const error: unknown = await readConfig(path, [override]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(message);
  });

  it('that is missing or not YAML is refused', async () => {
    await expect(readConfig(join(folder, 'none.yaml'))).rejects.toThrow(/^no config at .*none\.yaml/);
    const broken = join(folder, 'broken.yaml');
    await writeFile(broken, 'a: [');
    await expect(readConfig(broken)).rejects.toThrow(/broken\.yaml is not YAML/);
  });
});
