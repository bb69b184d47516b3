import { isTransient } from "../attempts.ts";
import type { Unchecked } from "../check-answer.ts";
import { problemError } from "../check-problem.ts";
import type { Environment } from "../identity-sources/environment.ts";
import { credentialsUrl } from "../options.ts";
import { parse, readBounded } from "../request.ts";
import { VendingError } from "../vending-error.ts";
import { within } from "../within.ts";
import { authorize } from "./authorize.ts";
import type { Settings } from "./settings.ts";

const attemptSeconds = 5;
const allSeconds = 20;
const firstBackoffSeconds = 0.2;

/** What can be asked, after the storage's path or, for the list, beside it. */
type Route = "credentials" | "explain" | "storages";

/**
 * Asks the service, again where that can help, and gives its answer as it came, not checked yet.
 *
 * @throws VendingError (rejects) as the service says, or of this side
 */
export async function ask<T>(route: Route, settings: Settings, env: Environment): Promise<Unchecked<T>> {
  const url = urlOf(route, settings);
  const giveUpAt = performance.now() + allSeconds * 1000;
  for (let attempt = 1; ; attempt++) {
    try {
      const left = Math.max(0, giveUpAt - performance.now()) / 1000;
      return await within(Math.min(attemptSeconds, left), undefined, (end) =>
        askOnce<T>(url, settings, env, end),
      );
    } catch (thrown) {
      const error =
        thrown instanceof VendingError
          ? thrown
          : new VendingError("network", `No connection to ${url.host}. Check --url and the network.`);
      const wait = (error.retryAfterSeconds ?? 0) + Math.random() * firstBackoffSeconds * 2 ** attempt;
      if (!isTransient(error) || performance.now() + wait * 1000 >= giveUpAt || attempt >= 4) throw error;
      await within(wait, undefined);
    }
  }
}

function urlOf(route: Route, { identity, ...options }: Settings): URL {
  const url = credentialsUrl({ ...options, token: "" });
  const [, base, storage] = /^(.*)v1\/storages\/([^/]*)\/credentials$/.exec(url.pathname) ?? [];
  const of = identity.kind === "aws-iam" ? "v1/aws/storages" : "v1/storages";
  url.pathname = route === "storages" ? `${base}${of}` : `${base}${of}/${storage}/${route}`;
  return url;
}

async function askOnce<T>(
  url: URL,
  { identity }: Settings,
  env: Environment,
  signal: AbortSignal,
): Promise<Unchecked<T>> {
  const { headers, secret } = await authorize(url, identity, env);
  // Followed, a redirect could carry the token elsewhere.
  const response = await fetch(url, { headers, redirect: "manual", signal });
  const { status } = response;
  if (status !== 200 && status < 400)
    throw new VendingError("invalid_answer", "A redirect. Set --url to where it leads.", { status });
  const text = await readBounded(response);
  if (status === 200) return parse(text) as Unchecked<T>;
  throw problemError(response, parse(text.replaceAll(secret, "<token>")));
}
