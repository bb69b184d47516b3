/** What STS issued. Times are epoch milliseconds; `expiration` is what STS returned, not what was asked for. */
export interface Session {
  accessKeyId: string;
  secretAccessKey: string;
  /** Empty for a long-term key (`static`). */
  sessionToken: string;
  issuedAt: number;
  expiration: number;
  /** Absent where no long-term key issues. It is sealed with the entry, and no answer and no log has it. */
  issuedBy?: IssuedBy;
}

/** Which long-term key issued a session, by keyed fingerprints: they tell keys apart and nothing of them. */
export interface IssuedBy {
  /** The fingerprint of the key. */
  key: string;
  /** When it was read from its secret, in epoch milliseconds. */
  readAt: number;
  /** The fingerprint of the newer key that STS did not take yet; present if this one stood in for it. */
  insteadOf?: string;
}
