/**
 * The session policies that catalogs send for one table, as their sources write them (in 2026). A reader's is what they send
 * for a reader.
 */

interface Places {
  bucket: string;
  /** The table's folder, without a slash at its end. */
  table: string;
  isReader: boolean;
  /** The key that the catalog's own configuration names. */
  kmsKey?: string;
}

const allow = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const prefixes = (values: string | string[]) => ({ StringLike: { "s3:prefix": values } });
const gets = ["s3:GetObject", "s3:GetObjectVersion"];
const unless = <T>(isLeftOut: boolean, ...all: T[]): T[] => (isLeftOut ? [] : all);

const statements = {
  Polaris({ bucket, table, isReader, kmsKey }: Places) {
    const arn = `arn:aws:s3:::${bucket}`;
    const decrypt = ["kms:DescribeKey", "kms:Decrypt"];
    const encrypt = ["kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"];
    return [
      ...unless(isReader, allow(["s3:PutObject", "s3:DeleteObject"], `${arn}/${table}/*`)),
      // Without a configured key: for readers, and any key of the account.
      ...unless(
        kmsKey === undefined && !isReader,
        kmsKey === undefined
          ? allow(decrypt, "arn:aws:kms:eu-central-1:111122223333:key/*")
          : allow([...decrypt, ...unless(isReader, ...encrypt)], kmsKey),
      ),
      allow("s3:ListBucket", arn, prefixes(`${table}/*`)),
      allow("s3:GetBucketLocation", arn),
      allow(gets, `${arn}/${table}/*`),
    ];
  },
  Lakekeeper({ bucket, table, isReader, kmsKey }: Places) {
    const arn = `arn:aws:s3:::${bucket}`;
    const writes = [
      "s3:PutObject",
      "s3:DeleteObject",
      "s3:AbortMultipartUpload",
      "s3:ListMultipartUploadParts",
    ];
    return [
      { Sid: "TableAccess", ...allow([...gets, ...unless(isReader, ...writes)], `${arn}/${table}/*`) },
      { Sid: "ListBucketForFolder", ...allow("s3:ListBucket", arn, prefixes(`${table}/*`)) },
      { Sid: "GetBucketLocation", ...allow("s3:GetBucketLocation", arn) },
      ...(kmsKey ? [{ Sid: "KmsAccess", ...allow(["kms:Decrypt", "kms:GenerateDataKey"], kmsKey) }] : []),
    ];
  },
  Unity({ bucket, table, isReader }: Places) {
    const arn = `arn:aws:s3:::${bucket}`;
    const places = [`${arn}/${table}/*`, `${arn}/${table}`];
    return [
      allow(["s3:GetO*", ...unless(isReader, "s3:PutO*", "s3:DeleteO*", "s3:*Multipart*")], places),
      allow(["s3:ListBucket"], [arn], prefixes([table, `${table}/`, `${table}/*`])),
      allow(["kms:Decrypt", ...unless(isReader, "kms:GenerateDataKey*")], ["*"], {
        StringLike: {
          "kms:ViaService": "s3.*.amazonaws.com",
          "kms:EncryptionContext:aws:s3:arn": [arn, ...places],
        },
      }),
    ];
  },
  "Gravitino for a table"({ bucket, table, isReader }: Places) {
    const arn = `arn:aws:s3:::${bucket}`;
    return [
      ...unless(isReader, allow(["s3:PutObject", "s3:DeleteObject"], `${arn}/${table}/*`)),
      allow("s3:ListBucket", arn, prefixes([`${table}/`, `${table}/*`])),
      allow("s3:GetBucketLocation", arn),
      allow(gets, `${arn}/${table}/*`),
    ];
  },
  "Gravitino for a fileset"({ bucket, table, isReader }: Places) {
    const arn = `arn:aws:s3:::${bucket}`;
    return [
      ...unless(isReader, allow(["s3:PutObject", "s3:DeleteObject"], `${arn}/${table}/*`)),
      allow("s3:ListBucket", arn, prefixes([table, `${table}/`, `${table}/*`])),
      allow("s3:GetBucketLocation", arn),
      allow(gets, `${arn}/${table}/*`),
    ];
  },
  Nessie({ bucket, table, isReader }: Places) {
    const arn = `arn:aws:s3:::${bucket}`;
    const depths = ["", "*/", "*/*/*/*/"];
    return [
      allow(
        "s3:ListBucket",
        arn,
        prefixes(depths.flatMap((depth) => [`${depth}${table}`, `${depth}${table}/*`])),
      ),
      allow(
        [...gets, ...unless(isReader, "s3:PutObject", "s3:DeleteObject")],
        depths.map((depth) => `${arn}/${depth}${table}/*`),
      ),
    ];
  },
};

type Catalog = keyof typeof statements;

export const catalogs = Object.keys(statements) as Catalog[];

/** What a catalog sends as its `Policy`. */
export function policyOf(catalog: Catalog, places: Places): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements[catalog](places) });
}
