// biome-ignore lint/style/noRestrictedImports: it is data, and goes into the bundle.
import description from "../infra/openapi.json" with { type: "json" };

/** The API's own description, OpenAPI 3.1: a chunk of its own, which only who asks for it loads. */
export { description };
