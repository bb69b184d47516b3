// biome-ignore lint/style/noRestrictedImports: it is data, and goes into the bundle.
import description from "../infra/openapi.json" with { type: "json" };

/** The API's own description, OpenAPI 3.1. It is a chunk of its own, loaded when the first caller asks for it. */
export { description };
