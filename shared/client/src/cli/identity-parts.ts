import { readFileSync } from "node:fs";
import type { Environment } from "../identity-sources/environment.ts";
import { tokenPlace } from "../identity-sources/from-environment.ts";
import { projectedTokenPath } from "../identity-sources/from-kubernetes.ts";
import type { Identity } from "./settings.ts";

/**
 * What decides as whom the service would see us, to be hashed: the token where it is at hand, else what it is traded
 * for. A file that now holds another's token is another identity.
 */
export function identityParts({ kind, tokenFile, audience }: Identity, env: Environment): unknown[] {
  switch (kind) {
    case "token": {
      const place = tokenFile ? { file: tokenFile } : tokenPlace(env);
      return ["token", place && ("file" in place ? contentOf(place.file) : place.token)];
    }
    case "kubernetes":
      return ["token", contentOf(tokenFile ?? projectedTokenPath)];
    case "github-actions":
      return [kind, audience, env["ACTIONS_ID_TOKEN_REQUEST_URL"], env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]];
    case "aws":
    case "aws-iam":
      return [
        kind,
        audience,
        env["AWS_ACCESS_KEY_ID"],
        env["AWS_SECRET_ACCESS_KEY"],
        env["AWS_SESSION_TOKEN"],
      ];
  }
}

/** Nothing for what cannot be read: the identity source says what is wrong when it is asked. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
