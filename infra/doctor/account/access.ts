import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { VendingError } from "../../../shared/client/src/vending-error.ts";
import { awsErrorOf } from "../bounded.ts";
import { about, type Finding } from "../finding.ts";
import type { Account } from "./account.ts";

/** Asks AWS whose credentials these are: without any, nothing of the account can be looked at. */
export async function checkAccess({
  sts,
  stage,
  region,
}: Account): Promise<{ finding: Finding; accountId?: string }> {
  const of = about("access", `keyvend-${stage} in ${region}`);
  try {
    const { Account: accountId, Arn } = await sts.send(new GetCallerIdentityCommand({}));
    if (accountId === undefined)
      return { finding: of.notChecked("STS does not tell whose the credentials are") };
    return { finding: of.ok(`as ${Arn}`), accountId };
  } catch (error) {
    const why = error instanceof VendingError ? error.message : awsErrorOf(error).text;
    return {
      finding: of.notChecked(
        `there are no good AWS credentials: ${why}`,
        "Give the doctor those of an operator, or leave --stage out.",
      ),
    };
  }
}
