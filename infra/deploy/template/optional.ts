import type { Options } from "../options.ts";
import { alarmsPart } from "./alarms.ts";
import { apiPart } from "./api.ts";
import { functionsPart } from "./functions.ts";
import { pagePart } from "./page.ts";
import { joinParts, type TemplatePart } from "./part.ts";
import { rightsPart } from "./rights.ts";
import { storesPart } from "./stores.ts";

/**
 * The part of the template that the options of a deployment make. Without options it changes nothing. `functions` are the names of
 * all functions, each of which gets what concerns functions.
 *
 * @example optionalTemplate({ tracing: true }, ["vend", "warm"], "prod").extensions
 */
export function optionalTemplate(
  options: Options,
  functions: readonly string[],
  stage: string,
): Required<TemplatePart> {
  return joinParts([
    ...functionsPart(options, functions),
    ...rightsPart(options, functions, stage),
    ...storesPart(options, functions),
    ...apiPart(options),
    ...alarmsPart(options),
    ...pagePart(options),
  ]);
}
