/**
 * The AWS partition of a region, as its ARNs name it. Sessions are valid in all regions of one partition, and nowhere else.
 *
 * @example partitionOf("eu-central-1") // "aws"
 */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
