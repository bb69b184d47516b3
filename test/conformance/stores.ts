/** The real stores of the conformance run, in the README's words: each with the version that is installed. */
export const stores = {
  ceph: "Ceph 16.2.15",
  minio: "MinIO 2026-02-12",
  seaweedfs: "SeaweedFS 4.53 (2026-11-09)",
};
