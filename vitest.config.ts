// The tests in projects: pure and small ones, the local world, whole rounds, attacks, and the page in a real browser.
import { defineConfig } from "vitest/config";

/** Rounds of the real runner from clone to pull request, with kills, pauses and waits for leases: minutes, not seconds. */
const rounds = [
  "test/runner/{app-token,checks,cuts,hold,next-rounds,publishing,recovery,round,steering,tasks,wall,workspace}.test.ts",
  "test/world/{identity,live,spend-limit,steering,thread}.test.ts",
];

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
          include: ["test/*.test.ts", "test/{architecture,core,bot,deploy,runner}/**/*.test.ts"],
          exclude: rounds,
          // A guard against hanging: the contract with the local GitHub takes seconds, and four files share two cores.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "world",
          include: ["test/world/**/*.test.{ts,tsx}"],
          exclude: rounds,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "rounds",
          include: rounds,
          // A guard against hanging: each test runs programs, some for the better part of a minute.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "attacks",
          include: ["test/attacks/**/*.test.ts"],
          // The tools start as another user, in processes of their own.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "infra",
          include: ["test/infra/**/*.test.ts"],
          globalSetup: "test/infra/prepare.ts",
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "image",
          include: ["test/image/**/*.test.ts"],
          testTimeout: 60_000,
          // Packages of Debian are fetched, where they are not there yet.
          hookTimeout: 240_000,
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
