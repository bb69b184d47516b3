import { awsDomainOf } from "../../shared/core/partition.ts";

/** Whether an endpoint belongs to AWS, as the interface endpoints of a VPC and those for IPv6 also do. */
export function isAws(endpoint: string): boolean {
  return awsDomainOf(new URL(endpoint).hostname) !== undefined;
}

/** Whether an endpoint is given that is not AWS's. */
export function isForeign(endpoint: string | undefined): boolean {
  return endpoint !== undefined && !isAws(endpoint);
}

/** Normalises an endpoint and removes trailing slashes, so that a request can append its path. */
export function tidyAddress(address: string): string {
  return new URL(address).href.replace(/\/+$/, "");
}
