#!/usr/bin/env node
// A package holds compiled JavaScript. In a checkout the sources run as they are: tsx strips the types while Node
// loads them.
import { existsSync } from 'node:fs';

const sources = new URL('../src/cli.ts', import.meta.url);
if (existsSync(sources)) {
  const { register } = await import('tsx/esm/api');
  register();
  await import(sources.href);
} else {
  await import('../dist/cli.js');
}
