import type { JsonFormat } from "./format.ts";

/** The default: the answer itself. */
export const container: JsonFormat = {
  description:
    "What AWS's SDKs read from a container-credentials endpoint, with address and scope beside it.",
  mediaType: "application/json",
  ofCredentials: (source) => ({ body: source, omissions: [] }),
};
