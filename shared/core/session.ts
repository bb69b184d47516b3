/** What STS issued. Times are epoch milliseconds; `expiration` is what STS returned, not what was asked for. */
export interface Session {
  accessKeyId: string;
  secretAccessKey: string;
  /** Empty for a long-term key (`static`). */
  sessionToken: string;
  issuedAt: number;
  expiration: number;
}
