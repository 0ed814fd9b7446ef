#!/bin/bash
# kubernetes.sh up|down|status [--shape kubeadm|k3s] [--purge] [--no-images] [NAME...]
#
# Autonomous Kubernetes clusters of one node on this machine, for the demo and the tests: a real API server with its store, controllers, scheduler, kubelet and kube-proxy, each
# cluster in a network and a mount namespace of its own. All have the same 10.244.0.0/16 for pods and 10.96.0.0/16 for services, as two sites have that know
# nothing of each other: from outside, a pod is reached by a node port at the cluster's address only.
#
#   up      builds what is missing, starts the clusters (default: orbit), loads the images that carryon needs, where they differ
#   down    removes their pods, ends all of their programs; --purge also removes their objects and images
#   status  one line per cluster: name, address, shape, kubeconfig, number of pods
#
# --shape: kubeadm (the default) has a process per program and etcd; k3s has all of Kubernetes in one process, and kine over SQLite instead of etcd. A cluster keeps the shape that it
# was made with.
# CARRYON_CLUSTERS: directory of the clusters' data (default /var/lib/carryon-clusters); must not be on an overlay.
set -euo pipefail
cd "$(dirname "$0")"
. ./wan.sh

programs=$(cd .. && pwd)/.carryon/cache/kubernetes
images=${CARRYON_IMAGES:-carryon-runtime carryon-workload-redis carryon-workload-native}
say() { echo "kubernetes: $*"; }
fail() { echo "kubernetes: $*" >&2; exit 1; }
data() { echo "$state/$1/kubernetes"; }
kubectl() { local id=$1; shift; "$programs/bin/kubectl" --kubeconfig "$(data "$id")/pki/admin.conf" "$@"; }
ctr() { local id=$1; shift; "$programs/packages/usr/bin/ctr" --address "$run/$id/containerd.sock" --namespace k8s.io "$@"; }

# Clusters that were made before there were shapes have no such file.
shape() { cat "$(data "$1")/shape" 2>/dev/null || echo kubeadm; }

# process NAME PROGRAM: the one that it is part of.
process() { case $(shape "$1")/$2 in k3s/kube*) echo k3s-shape ;; *) echo "$2" ;; esac; }

# The objects of one shape's store are not in the other's.
settle_shape() {
  local id=$1
  [ -e "$(data "$id")" ] || { mkdir -p "$(data "$id")" && echo "${shape:-kubeadm}" >"$(data "$id")/shape"; }
  [ "${shape:-$(shape "$id")}" = "$(shape "$id")" ] || fail "$id has the shape $(shape "$id"): run kubernetes.sh down --purge $id first, or take another name"
}

# pid NAME PROGRAM: if it runs. Looks at the program, because pids are used again.
pid() {
  local found
  found=$(cat "$run/$1/$2.pid" 2>/dev/null) || return 1
  # Of whatever checkout.
  case $(readlink "/proc/$found/exe") in */.carryon/cache/kubernetes/*|*/sleep) echo "$found" ;; *) return 1 ;; esac
}

# inside NAME COMMAND...: in the namespaces of its node.
inside() {
  local id=$1 holder; shift
  holder=$(pid "$id" holder) || fail "$id is not up"
  nsenter --target "$holder" --net --mount -- "$@"
}

# start NAME PROGRAM: in its node's namespaces and in the background, unless it runs.
start() {
  local id=$1 program=$2 holder arguments
  if pid "$id" "$program" >/dev/null; then return; fi
  holder=$(pid "$id" holder)
  mapfile -t arguments < <(kubernetes/arguments.sh "$program" "$(shape "$id")" "$id" "$(address "$id")" "$(data "$id")" "$run/$id")
  setsid env -u TMPDIR PATH="$programs/bin:$programs/packages/usr/bin:$PATH" nsenter --target "$holder" --net --mount -- "$program" "${arguments[@]}" >>"$(data "$id")/log/$program.log" 2>&1 </dev/null &
  echo $! >"$run/$id/$program.pid"
}

# answers NAME SECONDS PROGRAM COMMAND...: waits for a program; what it wrote last, when it does not answer.
answers() {
  local id=$1 seconds=$2 program; program=$(process "$1" "$3"); shift 3
  await "$seconds" "$@" || {
    tail -5 "$(data "$id")/log/$program.log" >&2
    fail "$program of $id does not answer within $seconds s; its log: $(data "$id")/log/$program.log"
  }
}

# The node's namespaces last as long as this process. Kubelet, CNI and the provisioner of volumes keep files in places that cannot be chosen.
namespaces_up() {
  local id=$1
  if pid "$id" holder >/dev/null; then return; fi
  mkdir -p /var/lib/kubelet /var/lib/cni
  # shellcheck disable=SC2016 # the inner shell expands it
  setsid nsenter --net="/run/netns/carryon-$id" unshare --mount --propagation slave sh -ec \
    'for at in /var/lib/kubelet /var/lib/cni /run/netns; do mount -t tmpfs tmpfs $at; done; mount --bind "$1" /tmp; exec sleep infinity' sh "$(data "$id")/volumes" >/dev/null 2>&1 </dev/null &
  echo $! >"$run/$id/holder.pid"
  await 5 pid "$id" holder || fail "the namespaces of $id do not come up"
  inside "$id" sh -ec 'ip link show cni0 >/dev/null 2>&1 || ip link add cni0 type bridge
    ip addr replace 10.244.0.1/24 dev cni0; ip link set cni0 up; ip route replace 10.96.0.0/16 dev cni0; echo 1 >/proc/sys/net/ipv4/ip_forward'
}

# Kubelet wants its root to be there, with all controllers; a cpuset of version 1 takes no process before it has processors and memory.
cgroups_up() {
  local id=$1 hierarchy file controller
  for controller in $(cat /sys/fs/cgroup/cgroup.controllers 2>/dev/null); do echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true; done
  for hierarchy in $(awk '$3 ~ /^cgroup2?$/ {print $2}' /proc/mounts); do
    mkdir -p "$hierarchy/carryon-$id" 2>/dev/null || continue
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$hierarchy/$file" ] || cat "$hierarchy/$file" >"$hierarchy/carryon-$id/$file"
    done
  done
}

# load_images NAME: what the machine's daemon has and the node has not, or has otherwise.
load_images() {
  local id=$1 image here missing=()
  for image in carryon-pause $images; do
    here=$(docker image inspect --format '{{.Id}}' "$image:latest" 2>/dev/null) || continue
    [ "$here" = "$(cat "$(data "$id")/images/$image" 2>/dev/null)" ] || missing+=("$image")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "$id: loading ${missing[*]}"
  docker save "${missing[@]/%/:latest}" | ctr "$id" images import - >/dev/null
  mkdir -p "$(data "$id")/images"
  for image in "${missing[@]}"; do docker image inspect --format '{{.Id}}' "$image:latest" >"$(data "$id")/images/$image"; done
}

# What holds a pod's namespaces: it does nothing.
make_pause() {
  if docker image inspect carryon-pause:latest >/dev/null 2>&1; then return; fi
  printf 'FROM debian:trixie-slim\nCMD ["sleep", "infinity"]\n' | docker build --quiet --tag carryon-pause:latest - >/dev/null
}

programs_up() {
  local id=$1 program
  start "$id" containerd
  answers "$id" 30 containerd ctr "$id" version
  [ "$with_images" = 0 ] || load_images "$id"
  if [ "$(shape "$id")" = k3s ]; then
    start "$id" k3s-shape
    answers "$id" 90 kube-apiserver kubectl "$id" get --raw /readyz
  else
    start "$id" etcd
    start "$id" kube-apiserver
    answers "$id" 90 kube-apiserver kubectl "$id" get --raw /readyz
    for program in kube-controller-manager kube-scheduler kubelet kube-proxy; do start "$id" "$program"; done
  fi
  answers "$id" 60 kubelet kubectl "$id" wait --for=condition=Ready "node/$id" --timeout=1s
  answers "$id" 30 kube-controller-manager kubectl "$id" get serviceaccount default
  kubectl "$id" uncordon "$id" >/dev/null
  kubectl "$id" apply -f kubernetes/storage-class.yaml >/dev/null
}

up() {
  local id
  [ "$(id -u)" = 0 ] || fail "needs root, for namespaces and nodes: try again with sudo"
  local program
  for program in docker openssl runc nft iptables sysctl; do
    command -v "$program" >/dev/null || fail "there is no $program: run scripts/setup.sh --tests, or install it"
  done
  kubernetes/build.sh
  make_pause
  wan_up
  mkdir -p "$run"
  # Kubelet sets these for the whole machine; `down` puts them back.
  [ -s "$run/sysctl" ] || sysctl vm.overcommit_memory kernel.panic kernel.panic_on_oops >"$run/sysctl"
  for id in "$@"; do
    insist_on_name "$id"
    refuse_docker "$id"
    settle_shape "$id"
    mkdir -p "$(data "$id")"/{etcd,log,volumes} "$run/$id"
    uplink_up "$id"
    namespaces_up "$id"
    cgroups_up "$id"
    kubernetes/certs.sh "$(data "$id")/pki" "$id" "$(address "$id")" >"$(data "$id")/log/certs.log" 2>&1 || fail "making certificates failed: $(tail -3 "$(data "$id")/log/certs.log")"
    kubernetes/config.sh "$id" "$(address "$id")" "$(data "$id")" "$run/$id" "$programs"
    programs_up "$id"
    say "$id is up: shape $(shape "$id"), address $(address "$id"), kubeconfig $(data "$id")/pki/admin.conf"
  done
}

end() {
  local id=$1 program=$2 found
  found=$(pid "$id" "$program") || return 0
  kill "$found"
  await 10 sh -c "! [ -e /proc/$found/exe ] || ! readlink /proc/$found/exe >/dev/null" || kill -9 "$found"
  rm -f "$run/$id/$program.pid"
}

# Where cgroups are of version 1, what was left frozen dies only when it is thawed: killed before that, it does not run again.
end_frozen() {
  local id=$1 group=/sys/fs/cgroup/freezer/carryon-$1 file
  [ -d "$group" ] || return 0
  # grep fails when it finds no line in any of them
  { find "$group" -mindepth 2 -name freezer.state -exec grep -L THAWED {} + || true; } | while read -r file; do
    xargs -r kill -KILL <"${file%/*}/cgroup.procs" 2>/dev/null || true
    echo THAWED >"$file" 2>/dev/null || true
  done
}

# What the controllers make for pods that are deleted waits until the node takes pods again. Kubelet keeps records of the sandboxes for a while, so those are removed by hand.
node_down() {
  local id=$1 container
  kubectl "$id" cordon "$id" --request-timeout=5s >/dev/null 2>&1 || true
  end_frozen "$id"
  kubectl "$id" delete pods --all --all-namespaces --grace-period=1 --timeout=20s >/dev/null 2>&1 || true
  end "$id" "$(process "$id" kubelet)"
  for container in $(ctr "$id" containers ls --quiet 2>/dev/null); do
    ctr "$id" --timeout 10s tasks rm --force "$container" >/dev/null 2>&1 || true
    ctr "$id" --timeout 10s containers rm "$container" >/dev/null 2>&1 || true
  done
}

down() {
  local id program
  for id in "$@"; do
    refuse_docker "$id"
    [ ! -d "$run/$id" ] || node_down "$id"
    for program in kube-proxy kube-scheduler kube-controller-manager kube-apiserver etcd containerd holder; do end "$id" "$program"; done
    awk -v below="$(data "$id")/" -v also="$run/$id/" 'index($2, below) == 1 || index($2, also) == 1 {print $2}' /proc/mounts | sort -r | xargs -r umount
    remove_traces "$id"
  done
  for id in $(existing); do
    if pid "$id" "$(process "$id" kubelet)" >/dev/null; then return; fi
  done
  if [ -s "$run/sysctl" ]; then sysctl -q -p "$run/sysctl"; fi
  rm -f "$run/sysctl"
  wan_down
}

refuse_docker() { [ ! -e "$state/$1/daemon.json" ] || fail "$1 is a cluster of scripts/clusters.sh"; }
existing() { find "$state" -mindepth 2 -maxdepth 2 -type d -name kubernetes -printf '%P\n' 2>/dev/null | cut -d/ -f1 | sort; }

status() {
  local id
  for id in "$@"; do
    if pid "$id" "$(process "$id" kubelet)" >/dev/null && kubectl "$id" get --raw /readyz >/dev/null 2>&1; then
      printf '%-10s %-12s %-8s %-45s %s pods\n' "$id" "$(address "$id")" "$(shape "$id")" "$(data "$id")/pki/admin.conf" "$(kubectl "$id" get pods --all-namespaces --no-headers 2>/dev/null | wc -l)"
    else
      printf '%-10s %-12s %-8s down\n' "$id" "$(address "$id")" "$(shape "$id")"
    fi
  done
}

command=${1:-}
shift || true
shape="" purge=0 with_images=1 names=()
while [ $# -gt 0 ]; do
  case $1 in
    --shape)
      shift
      shape=${1:-}
      case $shape in kubeadm|k3s) ;; *) fail "--shape wants kubeadm or k3s" ;; esac ;;
    --purge) purge=1 ;;
    --no-images) with_images=0 ;;
    -*) fail "unknown option $1: see the head of $0" ;;
    *) names+=("$1") ;;
  esac
  shift
done

case $command in
  up) [ ${#names[@]} -gt 0 ] || names=(orbit); up "${names[@]}" ;;
  down) [ ${#names[@]} -gt 0 ] || mapfile -t names < <(existing); down "${names[@]}" ;;
  status) [ ${#names[@]} -gt 0 ] || mapfile -t names < <(existing); status "${names[@]}" ;;
  *) fail "usage: kubernetes.sh up|down|status [--shape kubeadm|k3s] [--purge] [--no-images] [NAME...]" ;;
esac
