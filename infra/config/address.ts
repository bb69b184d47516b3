/**
 * Regions of the partitions `aws`, `aws-cn` and `aws-us-gov`, whose endpoints can be derived. Isolated and sovereign
 * regions have domains of their own.
 */
export function isKnownRegion(region: string): boolean {
  return /^(?:us-gov|[a-z]{2})-(?:north|south|east|west|central)+-\d$/.test(region);
}

/** AWS's endpoint of S3 in a known region. */
export function regionalEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

/** Does the endpoint belong to AWS, interface endpoints of a VPC included? */
export function isAws(endpoint: string): boolean {
  return /\.amazonaws\.com(?:\.cn)?$/.test(new URL(endpoint).hostname);
}

/** An endpoint as requests are built on it: normalised, without a trailing slash. */
export function tidyAddress(address: string): string {
  return new URL(address).href.replace(/\/+$/, "");
}
