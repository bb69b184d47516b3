/** What the doctor looks at, and the question that each check answers. */
export const checks = {
  answer: "does the service answer, and does it take the doctor's identity",
  configuration: "is the configuration free of faults, and is it what the instance lists",
  version: "is the instance what this clone would deploy",
  strangers: "is a caller without an identity turned away",
  tls: "are certificates valid, and for how long; are old versions of TLS off",
  clock: "do the clocks of the service, the stores and this machine agree",
  vend: "does a storage vend what its grant says",
  beyond: "does the service refuse more than the grants say",
  cache: "is a session kept and shared",
  endpoint: "is the store where the answer says, with that addressing style",
  region: "is the bucket in the region that the answer says",
  inside: "can the credentials do what the permission says",
  outside: "does the store refuse the credentials everything else",
  sts: "does STS refuse the credentials more credentials",
  access: "whose AWS credentials look at the account",
  trust: "do roles let nobody in but keyvend",
  duration: "do roles allow sessions as long as the configuration grants them",
  secret: "are the secrets readable, and keys of the right form",
  key: "are long-term keys active, young and the only ones",
  stack: "is the stack in order, and what it should be",
  alarms: "are all alarms there, and quiet",
  subscribers: "does anybody hear the alarms",
  limits: "does the API have its rate limits",
  functions: "can the functions run",
  table: "is the table encrypted, tidied up and backed up",
} as const;

export type CheckName = keyof typeof checks;

/** `not-checked` says nothing about the instance: something was missing to look at it. */
export type Status = "ok" | "warning" | "failed" | "not-checked";

/** What one check found of one thing. Nothing in it is secret. */
export interface Finding {
  check: CheckName;
  /** What it is about: a storage, a host, a role. */
  subject: string;
  status: Status;
  message: string;
  /** What to do; absent where nothing is to be done. */
  advice?: string;
}

/** Makes the findings of one check about one thing. */
interface Verdicts {
  ok(message: string): Finding;
  warning(message: string, advice: string): Finding;
  failed(message: string, advice: string): Finding;
  notChecked(message: string, advice?: string): Finding;
}

/**
 * The makers of findings.
 *
 * @example about("tls", "vend.example.com").ok("the certificate is valid for 80 days")
 */
export function about(check: CheckName, subject: string): Verdicts {
  const base = { check, subject };
  return {
    ok: (message) => ({ ...base, status: "ok", message }),
    warning: (message, advice) => ({ ...base, status: "warning", message, advice }),
    failed: (message, advice) => ({ ...base, status: "failed", message, advice }),
    notChecked: (message, advice) => ({
      ...base,
      status: "not-checked",
      message,
      ...(advice !== undefined && { advice }),
    }),
  };
}

/** Whether somebody should act on it. */
export function isTrouble({ status }: Finding): boolean {
  return status === "warning" || status === "failed";
}
