import type { Command } from 'commander';

/** A command is loaded when it is wanted: `reverie play` should not wait for what trains. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).startCommand(),
  ingest: async () => (await import('../data/command.ts')).ingestCommand(),
  fetch: async () => (await import('../data/fetch/command.ts')).fetchCommand(),
  train: async () => (await import('../train/command.ts')).trainCommand(),
  export: async () => (await import('../train/command.ts')).exportCommand(),
  eval: async () => (await import('../eval/command.ts')).evalCommand(),
  play: async () => (await import('../serve/command.ts')).playCommand(),
  replay: async () => (await import('../serve/replayCommand.ts')).replayCommand(),
  publish: async () => (await import('../serve/publishCommand.ts')).publishCommand(),
  info: async () => (await import('./info.ts')).infoCommand(),
};
