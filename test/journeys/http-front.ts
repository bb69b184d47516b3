import { authenticate, type Realm, type Refusals } from "../../infra/local/aws/authenticate.ts";
import { AwsFault } from "../../infra/local/aws/aws-fault.ts";
import { type LocalServer, listen, type ReceivedRequest } from "../../infra/local/aws/listener.ts";
import { httpEvent } from "../functions/http-event.ts";
import type { LocalService } from "./local-service.ts";

/** API Gateway's answer to a request with a wrong signature, or with none. */
const forbidden = new AwsFault(403, "Forbidden", "Forbidden");
const refusals: Refusals = {
  unsigned: forbidden,
  malformed: forbidden,
  "wrong-scope": forbidden,
  "headers-not-signed": forbidden,
  skewed: forbidden,
  "link-expired": forbidden,
  "unknown-key": forbidden,
  "bad-token": forbidden,
  "expired-token": forbidden,
  "wrong-signature": forbidden,
  "payload-altered": forbidden,
  "payload-malformed": forbidden,
};
const route = /^\/v1\/(?<iam>aws\/)?storages(\/(?<storage>[^/]+)\/(?<question>credentials|explain))?$/;
const description = "/openapi.json";

/**
 * The routes for reading, served over HTTP in front of the function, as API Gateway serves it. The caller proves itself
 * by a token or, under `/v1/aws/`, by a signature for this region with a key of the realm.
 *
 * @example const front = await startHttpFront(service, realm, "eu-central-1")
 */
export function startHttpFront(
  service: Pick<LocalService, "answer">,
  realm: Realm,
  region: string,
): Promise<LocalServer> {
  const iamOf = (request: ReceivedRequest): object => {
    const expected = { service: "execute-api", region, pathEncoding: "twice" } as const;
    const { arn, userId, session } = authenticate(request, realm, expected, refusals).caller;
    return { userArn: arn, userId, accessKey: session?.accessKeyId };
  };
  const unknown = new AwsFault(404, "NotFound", "Not Found");
  return listen(
    {
      name: "API Gateway",
      maxBodyBytes: 0,
      actionOf: ({ path }) => path,
      async answer(request) {
        const groups = request.path === description ? {} : route.exec(request.path)?.groups;
        if (groups === undefined) throw unknown;
        const { iam, storage, question } = groups;
        const listKey = `GET /v1/${iam ?? ""}storages`;
        const event = httpEvent({
          routeKey:
            request.path === description
              ? `GET ${description}`
              : `${listKey}${storage === undefined ? "" : `/{storage}/${question}`}`,
          ...(storage !== undefined && { storage }),
          query: request.query.toString(),
          iam: iam === undefined ? undefined : iamOf(request),
        });
        const sent = { ...event, headers: Object.fromEntries(request.headers) };
        const { statusCode, headers, body } = await service.answer(sent);
        return { status: statusCode ?? 500, headers: headers as Record<string, string>, body: body ?? "" };
      },
      refuse: ({ status, message }) => ({ status, body: JSON.stringify({ message }) }),
      tooLarge: new AwsFault(413, "RequestTooLarge", "Request Too Large"),
      throttled: new AwsFault(429, "TooManyRequests", "Too Many Requests"),
    },
    {},
  );
}
