import { about, type Finding } from "../finding.ts";
import type { Account, DeployedServices } from "./account.ts";
import { signedCall } from "./signed-call.ts";
import type { Stack } from "./stack.ts";

interface Stage {
  stageName?: string;
  defaultRouteSettings?: { throttlingRateLimit?: number; throttlingBurstLimit?: number };
}

/** Without limits of its own an API takes what the whole account may, and a flood with it. */
export async function checkLimits(
  stack: Stack,
  account: Account,
  services: DeployedServices,
): Promise<Finding[]> {
  const findings = await Promise.all(
    stack.idsOf("AWS::ApiGatewayV2::Api").map(async (api) => {
      const path = `/v2/apis/${encodeURIComponent(api)}/stages`;
      const { items } = await signedCall(account, services, { service: "apigateway", path });
      return (Array.isArray(items) ? (items as Stage[]) : []).map((stage) => judge(api, stage));
    }),
  );
  const all = findings.flat();
  return all.length > 0 ? all : [about("limits", "all").failed("the stack has no API", "Deploy it anew.")];
}

function judge(api: string, { stageName = "", defaultRouteSettings = {} }: Stage): Finding {
  const of = about("limits", `${api} ${stageName}`);
  const { throttlingRateLimit: rate, throttlingBurstLimit: burst } = defaultRouteSettings;
  if (rate === undefined || burst === undefined)
    return of.failed("the API has no rate limit of its own", "Deploy the stack anew: it has the limits.");
  if (rate < 1 || burst < 1)
    return of.failed(
      "the API lets no request through",
      "Deploy the stack anew: somebody has closed it by hand.",
    );
  return of.ok(`${rate} requests a second, ${burst} at once`);
}
