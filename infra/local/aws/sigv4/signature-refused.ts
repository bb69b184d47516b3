/** The reasons to refuse a signature. Each service has its own code and status for each reason. */
export type RefusalReason =
  | "unsigned"
  | "malformed"
  | "wrong-scope"
  | "headers-not-signed"
  | "skewed"
  | "link-expired"
  | "unknown-key"
  | "bad-token"
  | "expired-token"
  | "wrong-signature"
  | "payload-altered"
  | "payload-malformed";

export class SignatureRefused extends Error {
  override readonly name = "SignatureRefused";
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    super(`The signature was refused: ${reason}.`);
    this.reason = reason;
  }
}
