import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { closeServer, listenOnLoopback } from "../../../infra/local/loopback-server.ts";

const valid = `<ValidateTemplateResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
  <ValidateTemplateResult><Parameters/></ValidateTemplateResult>
</ValidateTemplateResponse>`;

/** A request to AWS, as it came. */
export interface AwsRequest {
  path: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** What answers in moto's place, if it is for it: moto does not have every call. */
export type BesideMoto = (
  request: AwsRequest,
) => Promise<{ headers?: Record<string, string>; body: string } | undefined>;

/**
 * Stands before moto and passes everything on, but for what others answer, and CloudFormation's ValidateTemplate. moto has cfn-lint
 * decide that, and takes its first warning for an error; Serverless writes dependencies that cfn-lint finds superfluous, and AWS does
 * not mind. What cfn-lint says is in cfn-lint.test.ts.
 *
 * @example const front = await startFront(moto.endpoint); // AWS_ENDPOINT_URL=front.url
 */
export async function startFront(
  endpoint: string,
  others: readonly BesideMoto[] = [],
): Promise<{ url: string; close(): Promise<void> }> {
  const { hostname, port } = new URL(endpoint);

  function pass({ method, url: path, headers }: IncomingMessage, answer: ServerResponse, body: Buffer): void {
    const asked = request({ hostname, port, method, path, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
      answered.pipe(answer);
    });
    asked.on("error", () => answer.destroy());
    asked.end(body);
  }

  const server = createServer(async (incoming, answer) => {
    const body = await buffer(incoming);
    const isValidation = body.subarray(0, 4_096).includes("Action=ValidateTemplate");
    if (isValidation) {
      answer.writeHead(200, { "content-type": "text/xml" }).end(valid);
      return;
    }
    for (const other of others) {
      const answered = await other({ path: incoming.url ?? "", headers: incoming.headers, body });
      if (answered === undefined) continue;
      answer.writeHead(200, { "content-type": "application/json", ...answered.headers }).end(answered.body);
      return;
    }
    pass(incoming, answer, body);
  });
  const listening = await listenOnLoopback(server, 0);
  return { url: `http://127.0.0.1:${listening}`, close: () => closeServer(server) };
}
