import { GetFunctionConcurrencyCommand, GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { about, type Finding } from "../finding.ts";
import type { DeployedServices } from "./account.ts";
import type { Stack } from "./stack.ts";

/** Looks whether Lambda would run each function. */
export async function checkFunctions(stack: Stack, { lambda }: DeployedServices): Promise<Finding[]> {
  const names = stack.idsOf("AWS::Lambda::Function");
  if (names.length === 0) return [about("functions", "all").failed("the stack has none", "Deploy it anew.")];
  return Promise.all(
    names.map(async (FunctionName) => {
      const of = about("functions", FunctionName);
      const [
        { State = "Active", LastUpdateStatus = "Successful" },
        { ReservedConcurrentExecutions: reserved },
      ] = await Promise.all([
        lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
        lambda.send(new GetFunctionConcurrencyCommand({ FunctionName })),
      ]);
      if (reserved === 0)
        return of.failed(
          "may not run: none of its instances is allowed",
          "Take its reserved concurrency of 0 away.",
        );
      if (State !== "Active" || LastUpdateStatus === "Failed")
        return of.failed(`is ${State}, its last update ${LastUpdateStatus}`, "Deploy the stack anew.");
      return of.ok(reserved === undefined ? "can run" : `can run, ${reserved} at once`);
    }),
  );
}
