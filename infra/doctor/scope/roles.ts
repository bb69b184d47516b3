import type { Config } from "../../../shared/core/config.ts";
import type { Storage } from "../../../shared/core/storage.ts";
import { askedOfSts } from "../../asked-of-sts.ts";

/** A role, with all that its trust policy may ask of a session. A caller can say any of it. */
export interface AskedRole {
  arn: string;
  externalId?: string;
  tagKeys: readonly string[];
  hasSourceIdentity: boolean;
}

/**
 * The roles that credentials of a storage are tried at: their own, and those of every storage at the same STS. Each once
 * plain and once as keyvend asks for it.
 *
 * @param own ARN of the session, as STS tells it
 */
export function rolesToAsk(
  storage: string,
  own: string | undefined,
  config: Config | undefined,
): AskedRole[] {
  const configured = config?.storages.get(storage);
  const asked = [...(config?.storages.values() ?? [])].flatMap((other) =>
    config !== undefined && configured !== undefined && "roleArn" in other && isAtSameSts(other, configured)
      ? askedAs(other, config)
      : [],
  );
  const ownRole = own === undefined ? undefined : roleOf(own);
  const arns = [...new Set([...(ownRole === undefined ? [] : [ownRole]), ...asked.map(({ arn }) => arn)])];
  const plain = arns.map((arn): AskedRole => ({ arn, tagKeys: [], hasSourceIdentity: false }));
  return [...plain, ...asked];
}

function askedAs(storage: Storage & { roleArn: string }, config: Config): AskedRole {
  const { tagKeys, hasSourceIdentity } = askedOfSts(storage, config);
  const externalId = "externalId" in storage ? storage.externalId : undefined;
  return {
    arn: storage.roleArn,
    tagKeys,
    hasSourceIdentity,
    ...(externalId !== undefined && { externalId }),
  };
}

function isAtSameSts(one: Storage, other: Storage): boolean {
  const [a, b] = [one, other].map((each) => ("stsEndpoint" in each ? each.stsEndpoint : undefined));
  return a === b && (a !== undefined || one.partition === other.partition);
}

/** The role of a session. A role's path is not in it: such a role is known by the configuration alone. */
function roleOf(sessionArn: string): string | undefined {
  const [, partition, account, name] =
    /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(sessionArn) ?? [];
  return name === undefined ? undefined : `arn:${partition}:iam::${account}:role/${name}`;
}
