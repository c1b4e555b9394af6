/** Where a compiled function runs. */
export const DEVICES = ['cpu', 'webgpu', 'cuda', 'tfjs'] as const;

export type Device = (typeof DEVICES)[number];
