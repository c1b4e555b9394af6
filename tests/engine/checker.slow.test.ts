import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeModel } from '../../src/engine/index.ts';
import { python } from '../python.ts';
import { COMPOSITIONS } from './cases/compositions.ts';
import { LOWERING_CASES } from './cases/index.ts';
import { graphOf, runsOf } from './equality.ts';

// The files that the lowerings make, each checked as the standard says and with the shapes that it infers.
const SCRIPT = `
import glob, onnx, os, sys
for path in sorted(glob.glob(os.path.join(sys.argv[1], '*.onnx'))):
    try:
        onnx.checker.check_model(path, full_check=True)
        model = onnx.load(path)
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        for ours, theirs in zip(model.graph.output, inferred.graph.output):
            assert ours == theirs, f'{ours} but inferred {theirs}'
        print('passed', os.path.basename(path))
    except Exception as error:
        print('failed', os.path.basename(path), str(error)[:300])
`;

it('every graph of the table passes the checker of the ONNX project', async ({ skip }) => {
  const interpreter = python('onnx');
  if (!interpreter) return skip('Python has no onnx: the checker did not run');
  const folder = await mkdtemp(join(tmpdir(), 'reverie-checker-'));
  try {
    const tables = Object.entries({ ...LOWERING_CASES, ...COMPOSITIONS });
    for (const [index, [, cases]] of tables.entries())
      await writeFile(join(folder, `${index}.onnx`), encodeModel(graphOf(runsOf(cases))));
    const { stdout, stderr } = spawnSync(interpreter, ['-c', SCRIPT, folder], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const results = stdout.trim().split('\n');
    const failed = results
      .filter((line) => !line.startsWith('passed'))
      .map((line) => line.replace(/(\d+)\.onnx/, (_, index) => tables[Number(index)]![0]));
    expect(failed, stderr).toEqual([]);
    expect(results).toHaveLength(tables.length);
  } finally {
    await rm(folder, { recursive: true });
  }
});
