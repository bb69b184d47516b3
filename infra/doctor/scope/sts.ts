import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  GetWebIdentityTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { type StsPlace, stsPlace } from "../../../shared/aws/sts-place.ts";
import { partitionOf } from "../../../shared/core/partition.ts";
import { isAws } from "../../config/address.ts";
import { about, type Finding } from "../finding.ts";
import { stsEndpointOf } from "../hosts.ts";
import type { DoctorSetting } from "../setting.ts";
import { type AskedRole, rolesToAsk } from "./roles.ts";
import type { GrantedScope } from "./scopes.ts";
import type { Vended } from "./vend.ts";

/** A session that is wrongly given must be of no use to anybody, the doctor included. */
const useless = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }],
});

/** What an STS says to credentials that it does not take, or when it is in trouble: nothing about rights. */
const noAnswer =
  /^(?:InvalidClientTokenId|ExpiredToken\w*|SignatureDoesNotMatch|InvalidAccessKeyId|RequestExpired|Throttling\w*|TimeoutError|ServiceUnavailable|InternalFailure)$/;

/**
 * Asks STS for more with what was vended: the roles again, without the policy, and sessions of a user. All of that must be
 * refused, for none of it would have the scope.
 */
export async function checkSts(
  granted: GrantedScope,
  { address, credentials, enforcedBy }: Vended,
  setting: DoctorSetting,
): Promise<Finding[]> {
  const of = about("sts", granted.title);
  const sts = new STSClient({
    ...stsPlaceOf(address, setting),
    credentials,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000 },
  });
  try {
    const own = await sts.send(new GetCallerIdentityCommand({})).then(
      ({ Arn }) => Arn,
      () => undefined,
    );
    const roles = rolesToAsk(address.Storage, own, setting.config);
    const calls: [words: string, send: () => Promise<unknown>][] = [
      // A long-term key may make sessions of itself: that is what it is.
      ...(enforcedBy === "none"
        ? []
        : [
            ["GetSessionToken", () => sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }))] as [
              string,
              () => Promise<unknown>,
            ],
          ]),
      ["GetFederationToken", () => sts.send(new GetFederationTokenCommand({ Name: "keyvend-doctor" }))],
      [
        "GetWebIdentityToken",
        () =>
          sts.send(
            new GetWebIdentityTokenCommand({
              Audience: ["keyvend-doctor"],
              DurationSeconds: 60,
              SigningAlgorithm: "RS256",
            }),
          ),
      ],
      ...roles.map((role): [string, () => Promise<unknown>] => [
        `AssumeRole ${role.arn}`,
        () => sts.send(assume(role)),
      ]),
    ];
    const given: string[] = [];
    const unclear: string[] = [];
    for (const [words, send] of calls) {
      try {
        await send();
        given.push(words);
      } catch (error) {
        const { name = "", code, $metadata } = Object(error);
        if ($metadata?.httpStatusCode === undefined || noAnswer.test(name))
          unclear.push(`${words} (${code ?? name})`);
      }
    }
    if (given.length > 0)
      return [
        of.failed(
          `STS gives the credentials more: ${[...new Set(given)].join(", ")}`,
          "See the findings on trust. A role may trust keyvend's own users and roles alone, and a storage's user needs no rights in STS but those of its way.",
        ),
      ];
    if (unclear.length > 0) return [of.notChecked(`STS does not answer: ${unclear.join(", ")}`)];
    return [of.ok(`${calls.length} calls for more credentials are refused`)];
  } finally {
    sts.destroy();
  }
}

/** Without a configuration, the STS of a store that is not AWS is thought to be at the store's own address. */
function stsPlaceOf({ Storage, Endpoint, Region }: Vended["address"], { config }: DoctorSetting): StsPlace {
  const { partition } = config?.storages.get(Storage) ?? { partition: partitionOf(Region)?.name ?? "aws" };
  const stsEndpoint = stsEndpointOf(Storage, config) ?? (isAws(Endpoint) ? undefined : Endpoint);
  return stsPlace({ region: Region, partition, ...(stsEndpoint !== undefined && { stsEndpoint }) }, Region);
}

function assume({ arn, externalId, tagKeys, hasSourceIdentity }: AskedRole): AssumeRoleCommand {
  return new AssumeRoleCommand({
    RoleArn: arn,
    RoleSessionName: "keyvend-doctor",
    DurationSeconds: 900,
    Policy: useless,
    ...(externalId !== undefined && { ExternalId: externalId }),
    ...(tagKeys.length > 0 && { Tags: tagKeys.map((Key) => ({ Key, Value: "keyvend-doctor" })) }),
    ...(hasSourceIdentity && { SourceIdentity: "keyvend-doctor" }),
  });
}
