import { about, type Finding } from "../finding.ts";
import type { Account, DeployedServices } from "./account.ts";
import { signedCall } from "./signed-call.ts";
import type { Stack } from "./stack.ts";

interface Described {
  Table?: { TableStatus?: string; SSEDescription?: { Status?: string } };
  ContinuousBackupsDescription?: { PointInTimeRecoveryDescription?: { PointInTimeRecoveryStatus?: string } };
  TimeToLiveDescription?: { TimeToLiveStatus?: string };
}

/** Looks at what the template asks of the table, and somebody may have changed since. */
export async function checkTable(
  stack: Stack,
  account: Account,
  services: DeployedServices,
): Promise<Finding[]> {
  const ask = async (action: string, TableName: string): Promise<Described> =>
    signedCall(account, services, { service: "dynamodb", action, input: { TableName } });
  const findings = await Promise.all(
    stack.idsOf("AWS::DynamoDB::Table").map(async (name) => {
      const [{ Table }, { ContinuousBackupsDescription }, { TimeToLiveDescription }] = await Promise.all([
        ask("DescribeTable", name),
        ask("DescribeContinuousBackups", name),
        ask("DescribeTimeToLive", name),
      ]);
      const { PointInTimeRecoveryStatus: recovery } =
        ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
      const lacking = [
        ...(Table?.TableStatus === "ACTIVE" ? [] : [`is ${Table?.TableStatus ?? "not there"}`]),
        ...(Table?.SSEDescription?.Status === "ENABLED" ? [] : ["is not encrypted by a key of KMS"]),
        ...(recovery === "ENABLED" ? [] : ["has no backup to a point in time"]),
        ...(TimeToLiveDescription?.TimeToLiveStatus === "ENABLED" ? [] : ["keeps what has expired"]),
      ];
      const of = about("table", name);
      return lacking.length === 0
        ? of.ok("encrypted, tidied up and backed up")
        : of.failed(lacking.join("; "), "Deploy the stack anew, or set it back by hand.");
    }),
  );
  return findings.length > 0
    ? findings
    : [about("table", "all").failed("the stack has none", "Deploy it anew.")];
}
