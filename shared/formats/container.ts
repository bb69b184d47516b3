import type { JsonFormat } from "./format.ts";

/** The default: the answer itself. */
export const container: JsonFormat = {
  description:
    "The answer that AWS's SDKs expect of a container-credentials endpoint, with address and scope beside it.",
  mediaType: "application/json",
  ofCredentials: (source) => ({ body: source, omissions: [] }),
};
