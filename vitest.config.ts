import { defineConfig } from "vitest/config";

// .ci/run adds up the results of all runs.
const results = process.env["KEYVEND_TEST_RESULTS"];

export default defineConfig({
  test: {
    reporters: results
      ? ["default", ["json", { outputFile: `${results}/${process.pid}.json` }]]
      : ["default"],
    projects: [
      {
        test: {
          name: "unit",
          setupFiles: ["test/same-cases.ts"],
          // Property tests are bounded in cases, not in time: a busy machine must not fail them.
          testTimeout: 20_000,
          hookTimeout: 60_000,
          include: ["test/**/*.test.ts"],
          exclude: ["test/journeys/**", "test/conformance/**"],
        },
      },
      {
        // Journeys start servers and whole processes: one after the other, with time to spare.
        test: {
          name: "journey",
          include: ["test/journeys/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        // Real backends: only through `npm run conformance`, which says what to install where one is missing.
        test: {
          name: "conformance",
          setupFiles: ["test/same-cases.ts"],
          include: ["test/conformance/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
