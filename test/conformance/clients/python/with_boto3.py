import sys

import boto3
from lines import serve

bucket = sys.argv[1]
s3 = boto3.client("s3")

serve(
    version=boto3.__version__,
    put=lambda key, body: s3.put_object(Bucket=bucket, Key=key, Body=body.encode()),
    get=lambda key: s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode(),
    list_keys=lambda prefix: [
        found["Key"] for found in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    ],
)
