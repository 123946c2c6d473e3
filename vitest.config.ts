import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/synthesize-once.ts'],
    // Flows boot the stacks and wait for workflows; a limit is for what hangs, not for what is slow on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Functions log JSON lines; a reader wants those of what failed.
    silent: 'passed-only',
  },
});
