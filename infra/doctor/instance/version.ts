import { isDeepStrictEqual } from "node:util";
import description from "../../../functions/openapi.json" with { type: "json" };
import { routeUrl } from "../../../shared/client/src/options.ts";
import { parse, readBounded } from "../../../shared/client/src/request.ts";
import { about, type Finding } from "../finding.ts";
import type { DoctorSetting } from "../setting.ts";

/** Compares the description that the instance gives of itself with this clone's. */
export async function checkVersion(
  { service: { url } }: DoctorSetting,
  signal: AbortSignal,
): Promise<Finding[]> {
  const of = about("version", new URL(url).host);
  const response = await fetch(routeUrl(url, "openapi.json", {}), { redirect: "manual", signal });
  if (response.status !== 200)
    return [of.notChecked(`the description is not to be had (status ${response.status})`)];
  const served = parse(await readBounded(response));
  return [
    isDeepStrictEqual(served, description)
      ? of.ok("describes itself as this clone does")
      : of.warning(
          "describes itself otherwise than this clone does",
          "Deploy this clone, or run the doctor from the one that was deployed.",
        ),
  ];
}
