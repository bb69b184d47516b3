import { createServer, type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { document, element } from "../../../infra/local/aws/xml.ts";
import { closeServer, listenOnLoopback } from "../../../infra/local/loopback-server.ts";

/** A resource of the stack, which moto may have or not. */
export interface MadeResource {
  logicalId: string;
  physicalId: string;
  type: string;
}

/** A front before moto. */
interface StackFront {
  url: string;
  /** Changes the answer to an action of a Query protocol; absent: none is changed. */
  change: ((action: string, answer: string) => string) | undefined;
  close(): Promise<void>;
}

/**
 * Stands before moto and passes everything on, but for what moto's CloudFormation lacks: it makes neither alarms nor HTTP APIs, so that
 * these are made by their own services, and the list of the stack's resources names them as CloudFormation would. What moto never answers, a
 * test can make of its answers: a failed deployment, a subscription that waits.
 *
 * @example const front = await startStackFront(moto.endpoint, resources)
 */
export async function startStackFront(
  endpoint: string,
  resources: readonly MadeResource[],
): Promise<StackFront> {
  const { hostname, port } = new URL(endpoint);
  const pass = ({ method, url: path, headers }: IncomingMessage, body: Buffer) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request({ hostname, port, method, path, headers }, resolve);
      asked.on("error", reject);
      asked.end(body);
    });

  const server = createServer(async (incoming, answer) => {
    const body = await buffer(incoming);
    const action = new URLSearchParams(body.toString("latin1")).get("Action");
    if (action === "ListStackResources")
      return answer.writeHead(200, { "content-type": "text/xml" }).end(listOf(resources));
    const answered = await pass(incoming, body);
    const text = await buffer(answered);
    const changed =
      action === null || front.change === undefined ? text : front.change(action, text.toString());
    const { "content-length": _, "transfer-encoding": __, ...headers } = answered.headers;
    return answer.writeHead(answered.statusCode ?? 502, headers).end(changed);
  });
  const listening = await listenOnLoopback(server, 0);
  const front: StackFront = {
    url: `http://127.0.0.1:${listening}`,
    change: undefined,
    close: () => closeServer(server),
  };
  return front;
}

function listOf(resources: readonly MadeResource[]): string {
  const members = resources.map(({ logicalId, physicalId, type }) =>
    element(
      "member",
      element("LogicalResourceId", logicalId),
      element("PhysicalResourceId", physicalId),
      element("ResourceType", type),
      element("ResourceStatus", "CREATE_COMPLETE"),
      element("LastUpdatedTimestamp", "2026-11-22T15:00:00Z"),
    ),
  );
  return document(
    "ListStackResourcesResponse",
    "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    element("ListStackResourcesResult", element("StackResourceSummaries", members)),
  );
}
