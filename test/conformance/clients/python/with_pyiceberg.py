import os
import sys

import pyiceberg
from lines import serve
from pyarrow.fs import FileSelector
from pyiceberg.io.pyarrow import PyArrowFileIO

bucket = sys.argv[1]
io = PyArrowFileIO({"s3.endpoint": os.environ["AWS_ENDPOINT_URL_S3"], "s3.region": os.environ["AWS_REGION"]})


def put(key, body):
    with io.new_output(f"s3://{bucket}/{key}").create(overwrite=True) as stream:
        stream.write(body.encode())


def get(key):
    with io.new_input(f"s3://{bucket}/{key}").open() as stream:
        return stream.read().decode()


def list_keys(prefix):
    # FileIO has no list: Iceberg knows its files from its metadata. This is the file system beneath it.
    found = io.fs_by_scheme("s3", bucket).get_file_info(FileSelector(f"{bucket}/{prefix}"))
    return [info.path.removeprefix(f"{bucket}/") for info in found]


serve(version=pyiceberg.__version__, put=put, get=get, list_keys=list_keys)
