import { X509Certificate } from "node:crypto";
import type { Config } from "../../shared/core/config.ts";
import { isLiteral } from "../../shared/core/pattern.ts";
import { escapedJson } from "../../shared/formats/escaped-json.ts";
import type { Report } from "./faults.ts";
import { dayMs } from "./listed-callers.ts";

/** Time to make the next token or key and bring it to its caller. */
const noticeDays = 14;

/** The ARN by which AWS names a caller. That of a role has no path. */
const callerArn = /^arn:[\w-]+:iam::(\d{12}):(?:user\/.+|role\/[^/]+)$/;

/**
 * Warns of API tokens, client keys and trusted certificates that expire soon, and of subjects that no AWS identity, no API
 * token and no client key has.
 */
export function warnOfIdentities(
  { apiTokens, clientKeys, awsAccounts, caBundle = [], grants }: Config,
  now: number,
  warn: Report,
): void {
  const listed = [
    { section: "apiTokens", entries: apiTokens, noun: "token", kind: "api-token", called: "an API token" },
    { section: "clientKeys", entries: clientKeys, noun: "key", kind: "client-key", called: "a client key" },
  ];
  for (const { section, entries, noun } of listed) {
    for (const { name, expiresAt } of entries) {
      const place = [section, name, "expires"];
      if (expiresAt <= now) warn(place, `has passed: the ${noun} is refused`);
      else if (expiresAt <= now + noticeDays * dayMs)
        warn(place, `is less than ${noticeDays} days ahead: make the next ${noun} now`);
    }
  }

  for (const certificate of caBundle) {
    const { subject, validToDate } = new X509Certificate(certificate);
    // Node puts each part of the subject on a line of its own.
    const name = escapedJson(subject.replaceAll("\n", ", ").slice(0, 128));
    if (validToDate.getTime() <= now) warn(["caBundle"], `holds a certificate that has expired: ${name}`);
    else if (validToDate.getTime() <= now + noticeDays * dayMs)
      warn(["caBundle"], `holds a certificate that expires in less than ${noticeDays} days: ${name}`);
  }

  for (const [index, { issuer, subject = [] }] of grants.all.entries()) {
    const literals = subject.filter((pattern) => isLiteral(pattern));
    const place = ["grants", index, "subject"];
    for (const { kind, entries, called } of listed) {
      if (
        issuer.every((name) => name === kind) &&
        !literals.every((literal) => entries.some(({ name }) => name === literal))
      )
        warn(place, `names ${called} that does not exist`);
    }
    if (
      issuer.every((name) => name === "aws") &&
      !literals.every((literal) => isCaller(literal, awsAccounts))
    ) {
      warn(
        place,
        "can never match: a caller is arn:aws:iam::ACCOUNT:role/NAME, without the role's path, or arn:aws:iam::ACCOUNT:user/PATH/NAME, and its account stands in the section aws",
      );
    }
  }
}

function isCaller(arn: string, accounts: readonly string[]): boolean {
  const account = callerArn.exec(arn)?.[1];
  return account !== undefined && accounts.includes(account);
}
