// One file at a time: browsers and services share two cores, and latencies are measured.
import path from 'node:path';

const modules = path.resolve(__dirname, '../../web/node_modules');

export default {
  root: __dirname,
  resolve: {
    alias: {
      'playwright-core': path.join(modules, 'playwright-core/index.mjs'),
      vitest: path.join(modules, 'vitest/dist/index.js'),
    },
  },
  server: { fs: { strict: false } },
  test: {
    include: ['*.e2e.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
};
