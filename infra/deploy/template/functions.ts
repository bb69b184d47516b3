import type { Options } from "../options.ts";
import { extendEach, logicalId, type TemplatePart } from "./part.ts";

/** What the options give the functions: a network, traces, and instances that are vend's own. */
export function functionsPart(options: Options, functions: readonly string[]): TemplatePart[] {
  const { vpcSubnetIds, vpcSecurityGroupIds, tracing, reservedConcurrency } = options;
  const all = functions.map((name) => logicalId(name, "LambdaFunction"));
  const parts: TemplatePart[] = [];
  if (vpcSubnetIds && vpcSecurityGroupIds)
    parts.push(
      extendEach(all, { VpcConfig: { SubnetIds: vpcSubnetIds, SecurityGroupIds: vpcSecurityGroupIds } }),
    );
  if (tracing) parts.push(extendEach(all, { TracingConfig: { Mode: "Active" } }));
  if (reservedConcurrency !== undefined)
    parts.push(
      extendEach([logicalId("vend", "LambdaFunction")], {
        ReservedConcurrentExecutions: reservedConcurrency,
      }),
    );
  return parts;
}
