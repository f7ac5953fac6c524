// The tests in four projects: pure and small ones, the local world, attacks, and the page in a real browser.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Processes and not threads: tests of the world set the environment and end their own children.
    pool: "forks",
    // Most of the time is waiting for programs that take their time: two cores have room for four.
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/*.test.ts", "test/{architecture,core,bot,runner}/**/*.test.ts"],
          testTimeout: 10_000,
          hookTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "world",
          include: ["test/world/**/*.test.{ts,tsx}"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "attacks",
          include: ["test/attacks/**/*.test.ts"],
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.{ts,tsx}"],
          // Starts the whole world and a browser, and watches a job from the form to its end.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
