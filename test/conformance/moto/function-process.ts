/** Runs one function: its events come by messages, and its log is this process's output. `node function-process.ts vend.mjs` */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const { handler } = await import(pathToFileURL(resolve(process.argv[2] ?? "")).href);

interface Message {
  id: string;
  event: unknown;
  timeMs: number;
}

process.on("message", async ({ id, event, timeMs }: Message) => {
  const ends = Date.now() + timeMs;
  const context = {
    awsRequestId: id,
    invokedFunctionArn: process.env["FUNCTION_ARN"],
    getRemainingTimeInMillis: () => ends - Date.now(),
  };
  try {
    process.send?.({ id, result: (await handler(event, context)) ?? null });
  } catch (error) {
    const { name: errorType, message: errorMessage } = error as Error;
    console.log(JSON.stringify({ level: "ERROR", errorType, errorMessage }));
    process.send?.({ id, error: { errorType, errorMessage } });
  }
});
