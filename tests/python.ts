import { spawnSync } from 'node:child_process';

/**
 * A Python that has a module, to check our files with what others read them with: `REVERIE_PYTHON`, else
 * `python3`. Where it is missing a line says so, and the test that wanted it is skipped.
 */
export function python(module: string): string | undefined {
  const interpreter = process.env.REVERIE_PYTHON ?? 'python3';
  const { status } = spawnSync(interpreter, ['-c', `import ${module}`], { stdio: 'ignore' });
  if (status === 0) return interpreter;
  console.log(`${interpreter} cannot import ${module}: a check with it is skipped`);
  return undefined;
}
