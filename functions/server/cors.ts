/** Requests have a token in a header and no cookie, so that no page can use what a browser keeps for another. */
export const corsRules = {
  allowedHeaders: ["authorization"],
  allowedMethods: ["GET"],
  exposedResponseHeaders: ["retry-after", "warning"],
  /** For so many seconds a browser need not ask again whether it may. */
  maxAge: 3_600,
} as const;

/**
 * What lets the pages of some origins read an answer, or ask: the headers that API Gateway adds on Lambda. The pages of no other
 * origin may.
 *
 * @example corsHeaders(["https://app.example.com"], "https://app.example.com", "GET")
 */
export function corsHeaders(
  origins: readonly string[] | undefined,
  origin: string | undefined,
  method: string,
): Record<string, string> {
  if (origins === undefined || origin === undefined || !origins.includes(origin)) return {};
  return {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Expose-Headers": corsRules.exposedResponseHeaders.join(","),
    Vary: "Origin",
    ...(method === "OPTIONS" && {
      "Access-Control-Allow-Methods": corsRules.allowedMethods.join(","),
      "Access-Control-Allow-Headers": corsRules.allowedHeaders.join(","),
      "Access-Control-Max-Age": String(corsRules.maxAge),
    }),
  };
}
