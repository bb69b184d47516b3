import { type Keys, type Place, present } from "./client-settings.ts";

const providers = "org.apache.hadoop.fs.s3a";

/** The properties of Hadoop's S3A for one storage, without the prefix that they stand under. */
export const s3aProperties = ({ endpoint, region, forcePathStyle }: Place, keys: Keys): [string, string][] =>
  present({
    "aws.credentials.provider": `${providers}.${keys.sessionToken ? "TemporaryAWSCredentialsProvider" : "SimpleAWSCredentialsProvider"}`,
    "access.key": keys.accessKeyId,
    "secret.key": keys.secretAccessKey,
    "session.token": keys.sessionToken,
    endpoint,
    "endpoint.region": region,
    "path.style.access": String(forcePathStyle),
  });

/** Of one bucket, so that others keep theirs. */
export const s3aBucketProperties = (place: Place, keys: Keys): [string, string][] =>
  s3aProperties(place, keys).map(([name, value]) => [`fs.s3a.bucket.${place.bucket}.${name}`, value]);
