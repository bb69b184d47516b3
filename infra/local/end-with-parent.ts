import { isMainThread } from "node:worker_threads";

// Loaded into the API's process before serverless-offline. Its standard input is a pipe of the process that started it, which
// the system closes however that one ends: nothing may hold the ports after it, not even after SIGKILL.
if (isMainThread) process.stdin.on("end", () => process.exit(1)).resume();
