import io
import os
import sys
from urllib.parse import urlsplit

import minio
from lines import serve
from minio.credentials import IamAwsProvider

bucket = sys.argv[1]
address = urlsplit(os.environ["AWS_ENDPOINT_URL_S3"])
s3 = minio.Minio(
    address.netloc,
    secure=address.scheme == "https",
    region=os.environ["AWS_REGION"],
    credentials=IamAwsProvider(),
)


def get(key):
    answer = s3.get_object(bucket_name=bucket, object_name=key)
    try:
        return answer.read().decode()
    finally:
        answer.release_conn()


serve(
    version=minio.__version__,
    put=lambda key, body: s3.put_object(
        bucket_name=bucket, object_name=key, data=io.BytesIO(body.encode()), length=len(body.encode())
    ),
    get=get,
    list_keys=lambda prefix: [
        found.object_name for found in s3.list_objects(bucket_name=bucket, prefix=prefix, recursive=True)
    ],
)
