/**
 * When a test is ended, in milliseconds. It ends what hangs and nothing else: a machine with forty times too much to do
 * takes five minutes for the slowest test.
 */
export const hangMs = 1_800_000;
