import { defineConfig } from "vitest/config";
import { hangMs } from "./test/hang.ts";

// .ci/run adds up the results of all runs.
const results = process.env["KEYVEND_TEST_RESULTS"];

/** Journeys of what is a function on Lambda only: the server has its warmer within, and rotates no key. */
const ofLambda = ["test/journeys/{demo,rotation}.test.ts"];

export default defineConfig({
  test: {
    reporters: results
      ? ["default", ["json", { outputFile: `${results}/${process.pid}.json` }]]
      : ["default"],
    // `npm test` fails below these thresholds. A run of single files measures no coverage. Code that only a child
    // process runs is not counted.
    coverage: {
      provider: "v8",
      include: ["shared/**/*.ts"],
      exclude: ["shared/client/dist/**"],
      reporter: [["text", { skipFull: true }]],
      thresholds: { lines: 95, branches: 95 },
    },
    projects: [
      {
        test: {
          name: "unit",
          setupFiles: ["test/same-cases.ts"],
          // Work is bounded in counts and cases, not in time: a busy machine must not fail it.
          testTimeout: hangMs,
          hookTimeout: hangMs,
          include: ["test/**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/journeys/**", "test/conformance/**"],
        },
      },
      {
        // Journeys start servers and whole processes, so that they run one after the other.
        test: {
          name: "journey",
          include: ["test/journeys/**/*.test.ts"],
          exclude: process.env["KEYVEND_DOOR"] === "server" ? ofLambda : [],
          testTimeout: hangMs,
          hookTimeout: hangMs,
          fileParallelism: false,
        },
      },
      {
        // These tests need real backends. Run them through `npm run conformance`, which says what to install if one is
        // missing.
        test: {
          name: "conformance",
          setupFiles: ["test/same-cases.ts"],
          include: ["test/conformance/**/*.test.ts"],
          testTimeout: hangMs,
          hookTimeout: hangMs,
          fileParallelism: false,
        },
      },
    ],
  },
});
