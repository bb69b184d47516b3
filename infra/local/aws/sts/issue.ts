import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { AwsFault } from "../aws-fault.ts";
import type { SessionTokens, StsSession } from "../session-tokens.ts";
import { element, type XmlElement } from "../xml.ts";

/** The properties of a new session, except for its keys and times. */
type SessionRequest = Pick<StsSession, "holder"> &
  Partial<Pick<StsSession, "policy" | "tags" | "transitiveTagKeys" | "sourceIdentity">> & {
    durationSeconds: number;
  };

/**
 * AWS does not publish how it packs policy and tags, nor its limit. Here they are deflated, and may have this many
 * bytes.
 */
const packedLimitBytes = 1_024;

/** Makes a session's keys, and returns them in the form of STS's answer. `now` is in epoch milliseconds. */
export function issue(request: SessionRequest, sessionTokens: SessionTokens, now: number): XmlElement {
  const { durationSeconds, policy, tags = {}, transitiveTagKeys = [], sourceIdentity, holder } = request;
  // STS counts in whole seconds.
  const issuedAt = Math.floor(now / 1_000) * 1_000;
  const session: StsSession = {
    holder,
    policy,
    tags,
    transitiveTagKeys,
    sourceIdentity,
    accessKeyId: `ASIA${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64"),
    issuedAt,
    expiration: issuedAt + durationSeconds * 1_000,
  };
  return element(
    "Credentials",
    element("AccessKeyId", session.accessKeyId),
    element("SecretAccessKey", session.secretAccessKey),
    element("SessionToken", sessionTokens.seal(session)),
    element("Expiration", new Date(session.expiration).toISOString().replace(".000Z", "Z")),
  );
}

/**
 * The share of the limit that a session's policy and tags use.
 *
 * @throws AwsFault `PackedPolicyTooLarge` if they do not fit
 */
export function packedPolicySize({
  policy = "",
  tags = {},
}: Pick<SessionRequest, "policy" | "tags">): XmlElement[] {
  if (policy === "" && Object.keys(tags).length === 0) return [];
  const bytes = deflateRawSync(policy + JSON.stringify(tags)).length;
  const percent = Math.ceil((100 * bytes) / packedLimitBytes);
  if (percent <= 100) return [element("PackedPolicySize", percent)];
  const message = `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`;
  throw new AwsFault(400, "PackedPolicyTooLarge", message);
}
