import * as z from "zod/mini";
import { greatestDurationSeconds } from "../../shared/core/duration.ts";
import { permission, seconds, text, textOrList } from "./document.ts";

const denials = ["no_grant", "choose_target", "not_scopable", "policy_too_large"] as const;

/** More characters than any target has. */
const mostCharacters = 1_100;

const expectation = z.union(
  [
    z.strictObject({
      scope: textOrList(mostCharacters),
      permission,
      durationSeconds: z.exactOptional(z.int()),
    }),
    z.strictObject({ denied: z.literal(denials), wouldGrant: z.exactOptional(textOrList(63)) }),
  ],
  `must have either scope and permission, or denied: ${denials.join(" or ")}`,
);

/** An entry of `cases` in `vending.test.yml`. */
export const caseEntry = z.strictObject({
  name: text(200),
  issuer: z.string(),
  subject: z.exactOptional(text(512)),
  claims: z.exactOptional(z.record(z.string(), z.unknown())),
  at: z.exactOptional(z.iso.datetime({ offset: true, error: "must be a time such as 2027-01-31T12:00:00Z" })),
  sourceIp: z.exactOptional(z.union([z.ipv4(), z.ipv6()], "must be an address such as 192.0.2.7")),
  storage: z.string(),
  target: z.exactOptional(textOrList(mostCharacters)),
  permission: z.exactOptional(permission),
  durationSeconds: z.exactOptional(seconds(greatestDurationSeconds)),
  expect: expectation,
});

export type CaseEntry = z.infer<typeof caseEntry>;
