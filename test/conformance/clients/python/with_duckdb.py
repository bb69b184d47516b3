import os
import sys
from urllib.parse import urlsplit

import duckdb
import duckdb_extension_aws
import duckdb_extension_httpfs
from lines import serve

bucket = sys.argv[1]
address = urlsplit(os.environ["AWS_ENDPOINT_URL_S3"])
connection = duckdb.connect()
for package in (duckdb_extension_httpfs, duckdb_extension_aws):
    name = package.__name__.removeprefix("duckdb_extension_")
    folder = os.path.dirname(package.__file__)
    connection.load_extension(f"{folder}/extensions/v{duckdb.__version__}/{name}.duckdb_extension")


def ask_for_credentials():
    connection.execute(f"""
        CREATE OR REPLACE SECRET (
            TYPE s3, PROVIDER credential_chain, REFRESH auto, REGION '{os.environ["AWS_REGION"]}',
            ENDPOINT '{address.netloc}', URL_STYLE 'path', USE_SSL {address.scheme == "https"}
        )
    """)


def write(key, body):
    connection.execute(f"COPY (SELECT ? AS body) TO 's3://{bucket}/{key}' (FORMAT csv)", [body])


def put(key, body):
    try:
        write(key, body)
    except duckdb.HTTPException:
        # Reads refresh by themselves after any refusal. Writes refresh only after 403, but S3 answers 400.
        ask_for_credentials()
        write(key, body)


def get(key):
    return connection.execute(f"SELECT body FROM read_csv('s3://{bucket}/{key}')").fetchone()[0]


def list_keys(prefix):
    found = connection.execute(f"SELECT file FROM glob('s3://{bucket}/{prefix}*')").fetchall()
    return [file.removeprefix(f"s3://{bucket}/") for (file,) in found]


ask_for_credentials()
serve(version=duckdb.__version__, put=put, get=get, list_keys=list_keys)
