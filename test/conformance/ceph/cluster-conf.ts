interface ClusterConf {
  folder: string;
  fsid: string;
  monitorPort: number;
}

/** Exactly 16 bytes: the AES-128 key with which the gateways seal session tokens. */
const stsKey = "keyvend-sts-key!";

/**
 * Ceph's configuration for one monitor, one memory-backed OSD and gateways on loopback. It makes them start fast and store
 * nothing on disk.
 */
export function clusterConf({ folder, fsid, monitorPort }: ClusterConf): string {
  return `[global]
fsid = ${fsid}
mon host = [v2:127.0.0.1:${monitorPort}/0]
ms bind ipv4 = true
ms bind ipv6 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
auth cluster required = none
auth service required = none
auth client required = none
run dir = ${folder}
admin socket = ${folder}/$name.$pid.asok
log file = ${folder}/$name.log
crash dir = ${folder}/crash
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 500
[mon]
mon data = ${folder}/mon
mon cluster log file = ${folder}/cluster.log
mon data avail crit = 1
mon data avail warn = 2
mon initial members = a
paxos propose interval = 0.05
paxos min wait = 0.01
[osd]
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 1073741824
osd memory target = 939524096
osd op num shards = 2
osd op num threads per shard = 1
[client.rgw]
ms mon client mode = crc secure
rgw data = ${folder}/rgw
rgw thread pool size = 16
rgw dns name = localhost
rgw sts key = ${stsKey}
rgw s3 auth use sts = true
rgw sts min session duration = 1
rgw enable usage log = false
rgw enable gc threads = false
rgw enable lc threads = false
rgw enable quota threads = false
rgw run sync thread = false
rgw dynamic resharding = false
rgw override bucket index max shards = 1
`;
}
