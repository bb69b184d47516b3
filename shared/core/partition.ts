/** A part of AWS with ARNs, sessions and domains of its own. */
interface Partition {
  /** As its ARNs have it. */
  name: string;
  /** What the hosts of its endpoints end in. */
  domain: string;
  /** The same for endpoints that have IPv6, too. */
  dualStackDomain: string;
}

/** By the beginning of their regions' names. A test holds the table to that of the AWS SDK, whose source is AWS itself. */
const partitions: readonly (readonly [
  name: string,
  areas: string,
  domain: string,
  dualStackDomain: string,
])[] = [
  ["aws", "us eu ap sa ca me af il mx", "amazonaws.com", "api.aws"],
  ["aws-cn", "cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"],
  ["aws-us-gov", "us-gov", "amazonaws.com", "api.aws"],
  ["aws-eusc", "eusc-de", "amazonaws.eu", "api.amazonwebservices.eu"],
  ["aws-iso", "us-iso", "c2s.ic.gov", "api.aws.ic.gov"],
  ["aws-iso-b", "us-isob", "sc2s.sgov.gov", "api.aws.scloud"],
  ["aws-iso-e", "eu-isoe", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"],
  ["aws-iso-f", "us-isof", "csp.hci.ic.gov", "api.aws.hci.ic.gov"],
];

/**
 * The AWS partition of a region; `undefined` where the table does not know it. Sessions are valid in all regions of one
 * partition, and nowhere else.
 *
 * @example partitionOf("eu-central-1")?.name // "aws"
 */
export function partitionOf(region: string): Partition | undefined {
  const area = /^([a-z-]+?)-(?:north|south|east|west|central)+-\d+$/.exec(region)?.[1];
  return area === undefined ? undefined : find(([, areas]) => areas.split(" ").includes(area));
}

/**
 * The partition of a name.
 *
 * @example partitionNamed("aws-eusc")?.domain // "amazonaws.eu"
 */
export function partitionNamed(name: string): Partition | undefined {
  return find(([known]) => known === name);
}

/**
 * The domain of AWS that a host is in; `undefined` where it is in none.
 *
 * @example awsDomainOf("s3.eu-central-1.amazonaws.com") // "amazonaws.com"
 */
export function awsDomainOf(host: string): string | undefined {
  const domains = partitions.flatMap(([, , domain, dualStackDomain]) => [domain, dualStackDomain]);
  return domains.find((domain) => host.endsWith(`.${domain}`));
}

function find(fits: (row: (typeof partitions)[number]) => boolean): Partition | undefined {
  const row = partitions.find(fits);
  return row && { name: row[0], domain: row[2], dualStackDomain: row[3] };
}
