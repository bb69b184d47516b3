import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
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
    ],
  },
});
