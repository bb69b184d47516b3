import { type Client, type ClientPlace, s3Address, type Working } from "../clients/client.ts";

/** The place of a client that asks the STS door. */
export interface DoorPlace extends ClientPlace {
  /** The door's address, and the same over TLS, with the file of its certificate. */
  sts: string;
  stsOverTls: string;
  caFile: string;
  roleArn: string;
  clientKeyId: string;
  clientKeySecret: string;
  /** The file that holds `profile`. */
  configFile: string;
}

export const ways = ["AssumeRoleWithWebIdentity", "AssumeRole"] as const;
/** How a client asks: with its OIDC token, or with a client key. */
export type Way = (typeof ways)[number];

/** An unmodified client with the settings that it has for any STS. It is a row of the table. */
export interface StsClient
  extends Omit<Client, "environment" | "settings" | "start" | "sendsAcl" | "longTermKeyBy"> {
  /** It shows another refusal than the door's. */
  hidesReason?: true;
  /** Its settings for each way that it knows. */
  by: Partial<Record<Way, Pick<Client, "environment" | "settings">>>;
  start(place: DoorPlace, environment: Record<string, string>): Promise<Working>;
}

/** The settings that clients have in common. */
export const usualSettings = {
  AssumeRoleWithWebIdentity: {
    AWS_ROLE_ARN: "{roleArn}",
    AWS_WEB_IDENTITY_TOKEN_FILE: "{tokenFile}",
    AWS_ENDPOINT_URL_STS: "{sts}",
    ...s3Address,
  },
  AssumeRole: {
    AWS_PROFILE: "keyvend",
    AWS_CONFIG_FILE: "{configFile}",
    AWS_ENDPOINT_URL_STS: "{sts}",
    ...s3Address,
  },
} satisfies Record<Way, Record<string, string>>;

/** The profile that assumes a role with a client key. */
export const profile = `[profile keyvend]
region = {region}
role_arn = {roleArn}
source_profile = client-key

[profile client-key]
region = {region}
aws_access_key_id = {clientKeyId}
aws_secret_access_key = {clientKeySecret}
`;
