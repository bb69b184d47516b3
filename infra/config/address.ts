/**
 * Whether a region is in the partition `aws`, `aws-cn` or `aws-us-gov`, so that its endpoint follows from its name.
 * Isolated and sovereign regions have domains of their own.
 */
export function isKnownRegion(region: string): boolean {
  return /^(?:us-gov|[a-z]{2})-(?:north|south|east|west|central)+-\d$/.test(region);
}

/** AWS's endpoint of S3 in a known region. */
export function regionalEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

/** Whether an endpoint belongs to AWS, as the interface endpoints of a VPC and those for IPv6 also do. */
export function isAws(endpoint: string): boolean {
  return /\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.test(new URL(endpoint).hostname);
}

/** Normalises an endpoint and removes trailing slashes, so that a request can append its path. */
export function tidyAddress(address: string): string {
  return new URL(address).href.replace(/\/+$/, "");
}
