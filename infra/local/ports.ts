/** The ports of the emulation on 127.0.0.1: nine in a row from one base. */
export interface LocalPorts {
  api: number;
  issuer: number;
  dynamodb: number;
  sts: number;
  secretsManager: number;
  s3: number;
  /** Lambda's own API, for invoking a function directly. */
  lambda: number;
  /** Another S3 whose clock is ahead, so that today's credentials have expired there. */
  s3Ahead: number;
  iam: number;
}

const usualBase = 4_100;

/**
 * The ports from a base.
 *
 * @example localPorts(4_100).s3 // 4105
 */
export function localPorts(base: number): LocalPorts {
  return {
    api: base,
    issuer: base + 1,
    dynamodb: base + 2,
    sts: base + 3,
    secretsManager: base + 4,
    s3: base + 5,
    lambda: base + 6,
    s3Ahead: base + 7,
    iam: base + 8,
  };
}

/**
 * The base port: what `--port` says, or the variable `KEYVEND_PORT`, or 4100.
 *
 * @throws Error with the range of ports, for any other value.
 */
export function basePort(flag: string | undefined, environment: NodeJS.ProcessEnv): number {
  const text = flag ?? environment["KEYVEND_PORT"] ?? String(usualBase);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1_024 && port <= 65_500) return port;
  throw new Error("The port must be a number from 1024 to 65500: npm start -- --port 4100");
}
