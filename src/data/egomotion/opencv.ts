import { createRequire } from 'node:module';

type Cv = typeof import('@techstark/opencv-js');

let loading: Promise<{ readonly cv: Cv }> | undefined;

/**
 * Loads OpenCV's WebAssembly once.
 *
 * The module has a `then` method, so awaiting it directly never ends: it is handed over inside a box.
 */
export function loadOpenCv(): Promise<{ readonly cv: Cv }> {
  loading ??= new Promise((resolve) => {
    const cv: Cv = createRequire(import.meta.url)('@techstark/opencv-js');
    if (typeof cv.Mat === 'function') resolve({ cv });
    else cv.onRuntimeInitialized = () => resolve({ cv });
  });
  return loading;
}

export type { Cv };
