/** The credentials that the service itself has: those of its Lambda function, or of the server that it runs on. */
export interface OwnCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Absent for a user's long-term key. */
  sessionToken?: string;
}

/**
 * Gives the service's own credentials as they are now. It is asked before each call to AWS, so that credentials which are
 * renewed while the service runs are used at once. It should therefore answer from memory, and limit its own waiting.
 *
 * Throws `CallFailed` when it has none.
 *
 * @example const ownCredentials: OwnCredentialsProvider = async () => ({ accessKeyId, secretAccessKey, sessionToken })
 */
export type OwnCredentialsProvider = () => Promise<Readonly<OwnCredentials>>;
