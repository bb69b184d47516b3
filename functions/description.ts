import description from "./openapi.json" with { type: "json" };

/** The API's own description, OpenAPI 3.1. It is a chunk of its own, loaded when the first caller asks for it. */
export { description };
