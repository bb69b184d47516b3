import aws4 from "aws4";
import type { BackendKey } from "./backend.ts";

interface QuerySigner {
  service: "ec2" | "iam" | "sts";
  region: string;
  key: BackendKey;
}

/**
 * Calls one action of AWS's Query protocol. The signature is made by a library, so that none of our code has part in it.
 *
 * @param body the parameters, encoded
 * @example await queryCall(endpoint, { service: "sts", region, key }, "Action=GetSessionToken&Version=2011-06-15")
 */
export function queryCall(
  endpoint: string,
  { service, region, key }: QuerySigner,
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
