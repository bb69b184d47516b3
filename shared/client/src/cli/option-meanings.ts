import type { FlagName } from "./command-line.ts";

/** What each option is for. The command's first file holds the options, and has no use for these texts. */
export const meanings: Readonly<Record<FlagName, string>> = {
  url: "base address of the service",
  storage: "name of the storage at the service",
  target: "ask for less: s3://bucket/prefix/; may be repeated",
  permission: "what you want to do",
  duration: "how long the credentials should live; rounded up to 1800, 3600, 7200, 14400 or 43200",
  identity: "where your identity comes from; the default, token, is KEYVEND_TOKEN or a file",
  "token-file": "a file with your identity token; it is read at each request",
  audience: "audience of tokens from github-actions and aws; default keyvend",
  shell: "what reads them; default sh, for bash and zsh too",
  port: "port to listen on; default any free one",
  address: "address to listen on, for containers of this machine; default 127.0.0.1",
  "token-out": "write the endpoint's token to this file, which containers can mount",
  "no-cache": "neither read nor write credentials on disk",
  output: "write into this file, which only you can read, in place of what it holds",
  "show-secrets": "write secrets even to a terminal",
  json: "write JSON, also for errors",
  help: "show this text",
};
