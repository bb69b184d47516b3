/**
 * Runs a command on configurations. What it cannot use is told, and ends it with 2.
 *
 * @example if (import.meta.main) runCommand(run);
 */
export function runCommand(run: () => void): void {
  try {
    run();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
  }
}
