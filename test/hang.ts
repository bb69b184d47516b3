/**
 * After this time, in milliseconds, a test is ended. It ends only tests that hang: even a machine with forty times too
 * much to do takes five minutes for the slowest test.
 */
export const hangMs = 1_800_000;
