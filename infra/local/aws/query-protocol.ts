import type { Refusals } from "./authenticate.ts";
import { AwsFault } from "./aws-fault.ts";
import {
  type ListenOptions,
  type LocalServer,
  listen,
  type ReceivedRequest,
  type ServiceAnswer,
} from "./listener.ts";
import { document, element, type XmlElement } from "./xml.ts";

/** The parts of a service with AWS's Query protocol that are its own. */
interface QueryService {
  /** The name in messages to the person at the terminal, for example `STS`. */
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly maxBodyBytes: number;
  isKnown(action: string): boolean;
  /** The elements of the answer to an action that is known. */
  resultOf(request: ReceivedRequest, action: string): Promise<XmlElement[]>;
}

const mismatch = "The request signature we calculated does not match the signature you provided.";
const invalidToken = new AwsFault(
  403,
  "InvalidClientTokenId",
  "The security token included in the request is invalid.",
);
const wrongSignature = new AwsFault(403, "SignatureDoesNotMatch", mismatch);
/** What a service with this protocol says of a signature that it refuses. */
export const queryRefusals: Refusals = {
  unsigned: new AwsFault(403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
  malformed: new AwsFault(
    400,
    "IncompleteSignature",
    "The request signature does not conform to AWS standards.",
  ),
  "wrong-scope": new AwsFault(
    403,
    "SignatureDoesNotMatch",
    "Credential should be scoped to this service, region and date.",
  ),
  "headers-not-signed": new AwsFault(403, "SignatureDoesNotMatch", "Host and x-amz- headers must be signed."),
  skewed: new AwsFault(
    403,
    "SignatureDoesNotMatch",
    "Signature expired: its time is more than 15 minutes from the server's.",
  ),
  "link-expired": new AwsFault(403, "SignatureDoesNotMatch", "Signature expired."),
  "unknown-key": invalidToken,
  "bad-token": invalidToken,
  "expired-token": new AwsFault(403, "ExpiredToken", "The security token included in the request is expired"),
  "wrong-signature": wrongSignature,
  "payload-altered": wrongSignature,
  "payload-malformed": wrongSignature,
};

/**
 * Starts a service with the Query protocol on loopback: an action and its parameters in a form or in the query, an answer
 * in XML. Rejects if the port is taken.
 */
export function listenForQueries(service: QueryService, options: ListenOptions): Promise<LocalServer> {
  const { name, namespace, version, maxBodyBytes } = service;
  const xml = (status: number, root: string, contents: readonly XmlElement[]): ServiceAnswer => ({
    status,
    headers: { "content-type": "text/xml" },
    body: document(root, namespace, contents),
  });

  return listen(
    {
      name,
      maxBodyBytes,
      tooLarge: new AwsFault(413, "RequestEntityTooLarge", "The request is too large."),
      throttled: new AwsFault(400, "Throttling", "Rate exceeded"),
      actionOf(request) {
        const parameters = parametersOf(request);
        const action = parameters.get("Action") ?? "";
        if (request.path !== "/" || parameters.get("Version") !== version || !service.isKnown(action))
          throw new AwsFault(400, "InvalidAction", "Could not find operation of that name and version");
        return action;
      },
      async answer(request, action, requestId) {
        const result = await service.resultOf(request, action);
        return xml(200, `${action}Response`, [
          ...(result.length > 0 ? [element(`${action}Result`, ...result)] : []),
          element("ResponseMetadata", element("RequestId", requestId)),
        ]);
      },
      refuse: ({ status, code, message }, _path, requestId) =>
        xml(status, "ErrorResponse", [
          element(
            "Error",
            element("Type", status < 500 ? "Sender" : "Receiver"),
            element("Code", code),
            element("Message", message),
          ),
          element("RequestId", requestId),
        ]),
    },
    options,
  );
}

/** The parameters of a call: the form of a POST, or the query. */
export function parametersOf({ method, query, body }: ReceivedRequest): URLSearchParams {
  return method === "POST" ? new URLSearchParams(body.toString("utf8")) : query;
}
