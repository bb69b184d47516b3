import aws4 from "aws4";
import type { clientKey } from "../deployment.ts";
import { host, type StsRequest } from "./sts-client.ts";

interface Signing {
  path?: string;
  query?: string;
  /** Beside those of all clients. */
  headers?: Record<string, string>;
  form?: Record<string, string> | string;
  service?: string;
  region?: string;
  /** Seconds from now. */
  at?: number;
  sessionToken?: string;
}

const aRole = {
  Action: "AssumeRole",
  Version: "2011-06-15",
  RoleArn: "arn:aws:iam::000000000000:role/keyvend/tenants",
  RoleSessionName: "a-session",
};

/** A form as clients send it: by default one that asks for a role. */
export function formOf(members: Record<string, string> | string = aRole): string {
  return typeof members === "string" ? members : new URLSearchParams(members).toString();
}

/** The form of a request for a role, with other members or without some of its own. */
export function roleForm(change: Record<string, string | undefined> = {}): string {
  const members = Object.entries({ ...aRole, ...change }).filter(([, value]) => value !== undefined);
  return formOf(Object.fromEntries(members) as Record<string, string>);
}

/** A request that is signed by aws4, which shares nothing with keyvend's own code. */
export function signedPost(
  key: Awaited<ReturnType<typeof clientKey>>,
  {
    path = "/",
    query = "",
    headers = {},
    form,
    service = "sts",
    region = "eu-central-1",
    at = 0,
    sessionToken,
  }: Signing = {},
): StsRequest {
  const body = formOf(form);
  const date = new Date(Date.now() + at * 1_000).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const request = {
    ...{ method: "POST", service, region, body, host },
    path: query === "" ? path : `${path}?${query}`,
    headers: {
      Host: host,
      "Content-Type": "application/x-www-form-urlencoded",
      "X-Amz-Date": date,
      ...headers,
    },
  };
  const signed =
    aws4.sign(request, { ...key, ...(sessionToken !== undefined && { sessionToken }) }).headers ?? {};
  const lowerCase = Object.entries(signed).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { path, query, headers: Object.fromEntries(lowerCase), body };
}
