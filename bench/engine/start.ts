import { readConfig } from '../../src/train/config.ts';
import { dynamicsObjective } from '../../src/train/dynamicsStage.ts';
import { sizesOf } from '../../src/train/sequences.ts';
import { compileStep, traceStep } from '../../src/train/step.ts';

/** How long the training step of the larger family takes from its functions to the first step. */
export async function measureStart(): Promise<void> {
  const config = await readConfig('configs/transformer.yaml');
  const sizes = sizesOf(config, { width: 128, height: 96 });
  const objective = dynamicsObjective(config, sizes);
  const begin = performance.now();
  const graph = traceStep(objective, config.dynamics);
  const traced = performance.now();
  const step = await compileStep(objective, config.dynamics);
  const compiled = performance.now();
  await step.release();
  const session = compiled - traced - (traced - begin);
  process.stdout.write(
    `\nstart of configs/transformer.yaml: ${graph.nodes.length} nodes, traced in ${(traced - begin).toFixed(0)} ms, ` +
      `session in about ${session.toFixed(0)} ms\n`,
  );
}
