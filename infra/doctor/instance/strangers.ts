import { routeUrl } from "../../../shared/client/src/options.ts";
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
  const answers = await Promise.all(
    strangers.map(async ([caller, route, headers]) => {
      const response = await fetch(routeUrl(url, route, {}), { headers, redirect: "manual", signal });
      await response.body?.cancel();
      return { caller, status: response.status };
    }),
  );
  // 404: a front that passes only some routes on.
  const served = answers.filter(({ status }) => ![401, 403, 404, 429].includes(status));
  if (served.length === 0) return [of.ok("callers without an identity are turned away")];
  return served.map(({ caller, status }) =>
    of.failed(
      `a caller with ${caller} is answered ${status}`,
      "Find out what answers there: it is not keyvend's authentication.",
    ),
  );
}
