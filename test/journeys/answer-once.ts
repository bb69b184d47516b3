/**
 * The life of a Lambda instance, in a process of its own: `answer-once.ts BUNDLE` imports the bundle and answers one
 * request, whose event is in the variable EVENT. Its last line is the answer's status and the modules loaded for it.
 */
import { registerHooks } from "node:module";
import { lambdaContext } from "../functions/context.ts";
import { holdOffDeadlines } from "../hold-off-deadlines.ts";

holdOffDeadlines();

const files: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith("file:")) files.push(url.slice(url.lastIndexOf("/") + 1));
    return nextLoad(url, context);
  },
});

const { moduleLoadList } = process as unknown as { moduleLoadList: string[] };
const before = moduleLoadList.length;
const { handler } = await import(process.argv[2] ?? "");
const { statusCode } = await handler(JSON.parse(process.env["EVENT"] ?? ""), lambdaContext("request-1"));
/** Parts of Node that take milliseconds to load and are of no use to an answer from the cache. */
const heavy = moduleLoadList.slice(before).filter((name) => /undici|webcrypto|webstreams|worker/.test(name));
console.log(JSON.stringify({ statusCode, files, heavy }));
