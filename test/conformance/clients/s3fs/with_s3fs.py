import sys

import s3fs
from lines import serve

bucket = sys.argv[1]
s3 = s3fs.S3FileSystem(use_listings_cache=False)

serve(
    version=s3fs.__version__,
    put=lambda key, body: s3.pipe_file(f"{bucket}/{key}", body.encode()),
    get=lambda key: s3.cat_file(f"{bucket}/{key}").decode(),
    list_keys=lambda prefix: [path.removeprefix(f"{bucket}/") for path in s3.find(f"{bucket}/{prefix}")],
)
