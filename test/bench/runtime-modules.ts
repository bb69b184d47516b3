/**
 * What Lambda's runtime interface client has loaded of Node when it loads a function, beyond what each program has. So nobody's
 * start pays for it. `npm run conformance -- lambda` holds this list to the client.
 */
export const runtimeModules = ["module", "net", "http", "os", "worker_threads"] as const;
