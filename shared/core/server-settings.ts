/** Where a server listens: an address, or a socket that its parent has opened and hands over as this descriptor. */
export type ListenAt = { host: string; port: number } | { fd: number };

/** What the server, and it alone, needs to know beside the rest of the configuration. Paths are absolute. */
export interface ServerSettings {
  listen: ListenAt;
  /** For health, readiness and metrics. */
  status: ListenAt;
  /** Absent: plain HTTP, on loopback or from the proxies alone. */
  tls?: { certificate: string; key: string };
  /** CIDR ranges of the proxies in front: whose `X-Forwarded-For` is believed, and which may come by plain HTTP. */
  proxies: readonly string[];
  /** The name of a DynamoDB table; absent: the process's memory. */
  table?: string;
  /** Whose secrets in Secrets Manager are read, where secrets are not files. */
  stage?: string;
  /** How long it still takes requests after it was told to stop, while its readiness says no. */
  drainSeconds: number;
  limits: ServerLimits;
}

/** The bounds of what callers may use up. Rates are per second, and allow ten seconds' worth at once. */
export interface ServerLimits {
  connections: number;
  connectionsPerAddress: number;
  /** Requests that are being answered. */
  requestsAtOnce: number;
  requestsPerAddress: number;
  requestsPerPrincipal: number;
  headerBytes: number;
  /** Until a request's headers are there. */
  headerSeconds: number;
  /** Until the whole request is there. */
  requestSeconds: number;
  /** For a connection on which nothing happens. */
  idleSeconds: number;
}
