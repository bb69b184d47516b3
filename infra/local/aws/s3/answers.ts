import type { ServiceAnswer } from "../listener.ts";
import { type Content, document } from "../xml.ts";

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

export function xmlAnswer(name: string, ...contents: readonly Content[]): ServiceAnswer {
  return {
    status: 200,
    headers: { "content-type": "application/xml" },
    body: document(name, namespace, ...contents),
  };
}

/** A time in the form that listings have. `now` is in epoch milliseconds. */
export function timestamp(now: number): string {
  return new Date(now).toISOString();
}
