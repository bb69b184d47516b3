/** The real stores of the conformance run, each as the README names it and in the version that is installed. */
export const testedStores = {
  ceph: { title: "Ceph", version: "16.2.15" },
  minio: { title: "MinIO", version: "2026-02-12" },
  seaweedfs: { title: "SeaweedFS", version: "4.53" },
} as const;
