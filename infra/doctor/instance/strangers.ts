import { routeUrl } from "../../../shared/client/src/options.ts";
import { parse, readBounded } from "../../../shared/client/src/request.ts";
import { about, type Finding } from "../finding.ts";
import type { DoctorSetting } from "../setting.ts";

/** Callers that prove nothing, by what they send. */
const strangers = [
  ["no token", "v1/storages", {}],
  ["no good token", "v1/storages", { authorization: "Bearer no-token" }],
  ["no signature", "v1/aws/storages", {}],
] as const;

/** Asks as callers do that have no identity. */
export async function checkStrangers(
  { service: { url } }: DoctorSetting,
  signal: AbortSignal,
): Promise<Finding[]> {
  const of = about("strangers", new URL(url).host);
  const findings: Finding[] = [];
  for (const [caller, route, headers] of strangers) {
    const response = await fetch(routeUrl(url, route, {}), { headers, redirect: "manual", signal });
    const { status } = response;
    const { Storages } = parse(await readBounded(response));
    if (status === 200 && Array.isArray(Storages))
      findings.push(
        of.failed(
          `a caller with ${caller} is told of storages`,
          "Take the service down, and find out what answers there: it is not keyvend's authentication.",
        ),
      );
    else if (!turnedAway.includes(status))
      findings.push(of.notChecked(`a caller with ${caller} is answered ${status}, which says nothing`));
  }
  return findings.length > 0 ? findings : [of.ok("callers without an identity are turned away")];
}

/** 404 is of a front that passes only some routes on. */
const turnedAway = [401, 403, 404, 429];
