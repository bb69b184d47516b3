import { answer } from "./http.ts";
import { readPageFiles } from "./page/files.ts";
import { createPage, pageHeaders } from "./page/page.ts";
import type { ApiGatewayEvent, ApiGatewayResult } from "./vend.ts";

const page = createPage({ files: readPageFiles(import.meta.dirname), views: "caller" });

/**
 * The page on Lambda, where the deployment has it: a function of its own, with no right but to write its log, so that the one that
 * vends stays as it is.
 */
export async function handler({
  routeKey,
  pathParameters,
}: Pick<ApiGatewayEvent, "routeKey" | "pathParameters">): Promise<ApiGatewayResult> {
  const path = routeKey === "GET /" ? "/" : `/page/${pathParameters?.["file"]}`;
  const { status, headers, body } =
    page({ method: "GET", path }) ?? answer(404, "There is no such part of the page.\n", pageHeaders);
  return { statusCode: status, headers, body };
}
