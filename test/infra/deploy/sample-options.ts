/** Each option with a value that a deployment into eu-central-1 takes, by what an operator wants of it. */
export const sampleOptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  network: {
    vpcSubnetIds: "subnet-0a1b2c3d4e5f60718,subnet-0a1b2c3d4e5f60719",
    vpcSecurityGroupIds: "sg-0a1b2c3d4e5f60718",
  },
  key: { kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab" },
  domain: {
    domainName: "keyvend.example.com",
    certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/1234abcd-12ab-34cd-56ef-1234567890ab",
    hostedZoneId: "Z0123456789ABCDEFGHIJ",
    truststoreUri: "s3://example-trust/keyvend-front.pem",
  },
  "own address off": { disableExecuteApiEndpoint: "true" },
  "the page": { page: "true" },
  traces: { tracing: "true" },
  "instances of its own": { reservedConcurrency: "200" },
  "shorter logs": { logRetentionInDays: "90" },
  limits: { rateLimit: "50", burstLimit: "100" },
  "limits of the STS door": { stsRateLimit: "500", stsBurstLimit: "700" },
  "limits of the description": { descriptionRateLimit: "1", descriptionBurstLimit: "2" },
  "mail of alarms": { alarmEmail: "on-call@example.com" },
  "a runbook elsewhere": { runbook: "https://wiki.example.com/keyvend" },
  "callers with sessions of their own": { mostIssuedPercent: "100" },
  "a doctor on a schedule": { probedEveryMinutes: "60" },
  tags: { tags: "team=data,cost centre=42" },
};

/** All of them at once. */
export const allOptions: Readonly<Record<string, string>> = Object.assign(
  {},
  ...Object.values(sampleOptions),
);

/** As a command line has them. */
export function paramsOf(options: Readonly<Record<string, string>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => ["--param", `${name}=${value}`]);
}
