import os
import sys

import pyarrow
from lines import serve
from pyarrow import fs

bucket, *role_arn = sys.argv[1:]
s3 = fs.S3FileSystem(
    endpoint_override=os.environ["AWS_ENDPOINT_URL_S3"],
    region=os.environ["AWS_REGION"],
    role_arn=role_arn[0] if role_arn else None,
)


def put(key, body):
    with s3.open_output_stream(f"{bucket}/{key}") as stream:
        stream.write(body.encode())


def get(key):
    with s3.open_input_stream(f"{bucket}/{key}") as stream:
        return stream.read().decode()


def list_keys(prefix):
    found = s3.get_file_info(fs.FileSelector(f"{bucket}/{prefix}"))
    return [info.path.removeprefix(f"{bucket}/") for info in found]


serve(version=pyarrow.__version__, put=put, get=get, list_keys=list_keys)
