import { useNetwork } from "../../shared/client/src/cli/network/use-network.ts";
import { readCall, usage } from "./arguments.ts";
import { awsErrorOf } from "./bounded.ts";
import { diagnose } from "./diagnose.ts";
import { isTrouble } from "./finding.ts";
import { countRun } from "./metric.ts";
import { reportJson, reportText } from "./report.ts";

// `npm run doctor`: checks an instance from outside, once or on a schedule. The findings go to stdout.

useNetwork(process.env);
const call = await readCall(process.argv.slice(2), process.env).catch((error: Error) => {
  console.error(`${error.message}\nTry: npm run doctor -- --help`);
  process.exitCode = 2;
  return undefined;
});
if (call !== undefined) {
  const { setting, asJson, asMetric } = call;
  const findings = [...call.findings, ...(await diagnose(setting))];
  process.stdout.write(asJson ? reportJson(setting.service.url, findings, new Date()) : reportText(findings));
  process.exitCode = findings.some(isTrouble) ? 1 : 0;
  if (asMetric && "stage" in setting.account)
    await countRun(setting.account, findings).catch((error: unknown) => {
      console.error(`The run was not counted: CloudWatch answers ${awsErrorOf(error).text}.`);
      process.exitCode = 1;
    });
} else if (process.exitCode === undefined) console.log(usage);
