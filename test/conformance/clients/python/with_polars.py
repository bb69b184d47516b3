import sys

import polars as pl
from lines import serve

bucket = sys.argv[1]


def put(key, body):
    pl.LazyFrame({"body": [body]}).sink_csv(f"s3://{bucket}/{key}", credential_provider=None)


def get(key):
    return pl.scan_csv(f"s3://{bucket}/{key}", credential_provider=None).collect()["body"][0]


def list_keys(prefix):
    # Polars has no operation to list, so this is the glob of a scan.
    scanned = pl.scan_csv(f"s3://{bucket}/{prefix}*", include_file_paths="path", credential_provider=None)
    paths = scanned.select("path").unique().collect()["path"]
    return [path.removeprefix(f"s3://{bucket}/") for path in paths]


serve(version=pl.__version__, put=put, get=get, list_keys=list_keys)
