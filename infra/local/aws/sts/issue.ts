import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { AwsFault } from "../aws-fault.ts";
import type { SessionTokens, StsSession } from "../session-tokens.ts";
import { element, type XmlElement } from "../xml.ts";

/** What a session is to be; its keys and times are made here. */
type SessionRequest = Pick<StsSession, "holder"> &
  Partial<Pick<StsSession, "policy" | "tags" | "transitiveTagKeys" | "sourceIdentity">> & {
    durationSeconds: number;
  };

/** AWS does not say how it packs policy and tags, nor to how much: deflated into this many bytes stands in for it. */
const packedLimitBytes = 1_024;

/** Makes a session's keys and answers with them as STS does. `now` in epoch milliseconds. */
export function issue(wanted: SessionRequest, sessionTokens: SessionTokens, now: number): XmlElement {
  const { durationSeconds, policy, tags = {}, transitiveTagKeys = [], sourceIdentity, holder } = wanted;
  // STS speaks of whole seconds.
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
 * How much of its room a session's policy and tags take.
 *
 * @throws AwsFault `PackedPolicyTooLarge` when they do not fit
 */
export function packedPolicySize({
  policy = "",
  tags = {},
}: Pick<SessionRequest, "policy" | "tags">): XmlElement[] {
  if (policy === "" && Object.keys(tags).length === 0) return [];
  const packed = deflateRawSync(policy + JSON.stringify(tags)).length;
  const percent = Math.ceil((100 * packed) / packedLimitBytes);
  if (percent <= 100) return [element("PackedPolicySize", percent)];
  const message = `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`;
  throw new AwsFault(400, "PackedPolicyTooLarge", message);
}
