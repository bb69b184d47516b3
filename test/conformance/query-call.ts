import aws4 from "aws4";
import type { LongTermKey } from "./backend.ts";

interface Caller {
  service: "iam" | "sts";
  region: string;
  key: LongTermKey;
}

/**
 * One action of AWS's Query protocol, signed by a signer that is none of ours.
 *
 * @param body the parameters, encoded
 * @example await queryCall(endpoint, { service: "sts", region, key }, "Action=GetSessionToken&Version=2011-06-15")
 */
export function queryCall(
  endpoint: string,
  { service, region, key }: Caller,
  body: string,
): Promise<Response> {
  const { headers } = aws4.sign(
    {
      host: new URL(endpoint).host,
      path: "/",
      service,
      region,
      body,
      headers: { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" },
    },
    key,
  );
  return fetch(endpoint, { method: "POST", headers: headers as Record<string, string>, body });
}
