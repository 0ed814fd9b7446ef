#!/bin/bash
# config.sh NAME ADDRESS STATE RUN PROGRAMS: the configuration files of a cluster's containerd, CNI, kubelet and kube-proxy below STATE/etc.
# PROGRAMS: what build.sh has made.
set -euo pipefail
name=$1 address=$2 state=$3 run=$4 programs=$5
mkdir -p "$state"/{etc/cni,kubelet,log/pods}

# A pod and kubelet itself want to be spared by the kernel when memory runs short, which CAP_SYS_RESOURCE allows.
restrict_oom=false oom_score="" spared=$((16#$(awk '$1 == "CapEff:" {print $2}' /proc/self/status) & 1 << 24))
if [ "$spared" = 0 ]; then restrict_oom=true oom_score="oomScoreAdj: 0"; fi

cat >"$state/etc/containerd.toml" <<END
version = 2
root = "$state/containerd"
state = "$run/containerd"
[grpc]
  address = "$run/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/library/carryon-pause:latest"
  restrict_oom_score_adj = $restrict_oom
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "$programs/packages/usr/lib/cni"
  conf_dir = "$state/etc/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  Root = "$run/runc"
END

cat >"$state/etc/cni/10-pods.conflist" <<END
{
  "cniVersion": "1.0.0",
  "name": "pods",
  "plugins": [
    {"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true, "ipMasq": true,
     "ipam": {"type": "host-local", "dataDir": "$run/cni", "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
END

# Images are never removed, as none may be had again.
cat >"$state/etc/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $address
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $state/pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $state/pki/kubelet.crt
tlsPrivateKeyFile: $state/pki/kubelet.key
containerRuntimeEndpoint: unix://$run/containerd.sock
cgroupDriver: cgroupfs
cgroupRoot: /carryon-$name
failCgroupV1: false
failSwapOn: false
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 200Mi, nodefs.available: 1%, imagefs.available: 1%}
podLogsDir: $state/log/pods
volumePluginDir: $state/kubelet/volumeplugins
$oom_score
END

cat >"$state/etc/proxy.yaml" <<END
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $state/pki/proxy.conf}
hostnameOverride: $name
mode: nftables
clusterCIDR: 10.244.0.0/16
conntrack: {maxPerCore: 0}
$oom_score
END
