/** What STS issued. Times are epoch milliseconds; `expiration` is what STS returned, not what was asked for. */
export interface Session {
  accessKeyId: string;
  secretAccessKey: string;
  /** Empty for a long-term key (`static`). */
  sessionToken: string;
  issuedAt: number;
  expiration: number;
  /** Absent where no long-term key issued it. */
  issuedBy?: IssuingKey;
}

/** The long-term key that issued a session, by its fingerprint: it is never told, and only kept sealed. */
export interface IssuingKey {
  key: string;
  /** When its secret was read, in epoch milliseconds. */
  readAt: number;
  /** The fingerprint of the newer key, where STS did not know that one yet. */
  insteadOf?: string;
}
