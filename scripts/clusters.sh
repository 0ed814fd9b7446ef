#!/bin/bash
# clusters.sh up|down|status [--monotonic-offset SECONDS] [--purge] [--no-images] [NAME...]
#
# Autonomous Docker clusters on one machine, for the demo, the tests and the bench. Each has a Docker daemon of its own in a network
# and a mount namespace of its own, and the same 172.17.0.0/16 for its containers as any other: containers of two clusters reach each
# other through published ports only, as two sites behind NAT do (scripts/wan.sh).
#
#   up      starts the clusters (default: edge cloud) and loads the images that carryon needs, where they differ
#   down    removes their containers and volumes, ends their daemons; --purge also removes their images
#   status  one line per cluster: name, address, daemon, number of containers
#
# --monotonic-offset: the cluster's CLOCK_MONOTONIC and CLOCK_BOOTTIME are ahead of the machine's, as on another host.
# CARRYON_CLUSTERS: directory of the clusters' data (default /var/lib/carryon-clusters); must not be on an overlay.
set -euo pipefail

. "$(dirname "$0")/wan.sh"
images=${CARRYON_IMAGES:-carryon-runtime carryon-workload-redis carryon-workload-nginx carryon-workload-postgres carryon-workload-node carryon-workload-python carryon-workload-native}

say() { echo "clusters: $*"; }
fail() { echo "clusters: $*" >&2; exit 1; }
socket() { echo "$run/$1/docker.sock"; }
cluster_docker() { local id=$1; shift; docker -H "unix://$(socket "$id")" "$@"; }
inside() { local id=$1; shift; nsenter --net="/run/netns/carryon-$id" "$@"; }

# daemon_pid NAME: the pid of the cluster's daemon, if it runs. Looks at the command line, because pids are used again.
daemon_pid() {
  local pid
  pid=$(cat "$run/$1/dockerd.pid" 2>/dev/null) || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -- "--config-file $state/$1/daemon.json" || return 1
  echo "$pid"
}

# The daemon must not read the machine's own /etc/docker/daemon.json, hence a file of its own.
write_config() {
  local id=$1
  cat >"$state/$id/daemon.json" <<END
{
  "hosts": ["unix://$(socket "$id")"],
  "data-root": "$state/$id/data",
  "exec-root": "$run/$id/exec",
  "pidfile": "$run/$id/dockerd.pid",
  "storage-driver": "overlay2",
  "exec-opts": ["native.cgroupdriver=cgroupfs"],
  "cgroup-parent": "/carryon-$id",
  "bip": "172.17.0.1/16",
  "log-driver": "json-file"
}
END
}

daemon_up() {
  local id=$1 offset=$2 clock=()
  if daemon_pid "$id" >/dev/null; then
    [ -z "$offset" ] || [ "$(cat "$run/$id/offset")" = "$offset" ] || fail "$id runs with clock offset $(cat "$run/$id/offset") s, not $offset s: 'clusters.sh down $id' first"
    return
  fi
  mkdir -p "$state/$id" "$run/$id"
  chmod 700 "$state/$id" "$run/$id"
  offset=${offset:-0}
  echo "$offset" >"$run/$id/offset"
  write_config "$id"
  [ "$offset" = 0 ] || clock=(unshare --time --monotonic "$offset" --boottime "$offset" --fork)
  # nsenter and not `ip netns exec`: that one mounts a new /sys, without the cgroups. The daemon outlasts whoever starts it, and so whose temporary directory may be.
  setsid nsenter --net="/run/netns/carryon-$id" unshare --mount --propagation slave "${clock[@]}" \
    env -u TMPDIR dockerd --config-file "$state/$id/daemon.json" >"$state/$id/dockerd.log" 2>&1 </dev/null &
  await 60 cluster_docker "$id" info || {
    tail -5 "$state/$id/dockerd.log" >&2
    fail "the Docker daemon of $id does not answer; its log: $state/$id/dockerd.log"
  }
}

# load_images NAME: what the machine's daemon has and the cluster has not, or has otherwise; at once, as they share layers.
load_images() {
  local id=$1 image here there missing=()
  for image in $images; do
    here=$(docker image inspect --format '{{.Id}}' "$image:latest" 2>/dev/null) || continue
    there=$(cluster_docker "$id" image inspect --format '{{.Id}}' "$image:latest" 2>/dev/null) || there=
    [ "$here" = "$there" ] || missing+=("$image:latest")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "$id: loading ${missing[*]%:latest}"
  docker save "${missing[@]}" | cluster_docker "$id" load >/dev/null
  cluster_docker "$id" image prune -f >/dev/null
}

up() {
  [ "$(id -u)" = 0 ] || fail "needs root, for namespaces and daemons: try again with sudo"
  command -v dockerd >/dev/null || fail "there is no dockerd: run scripts/setup.sh first"
  wan_up
  local id
  for id in "$@"; do
    insist_on_name "$id"
    refuse_kubernetes "$id"
    mkdir -p "$state/$id"
    uplink_up "$id"
    daemon_up "$id" "$offset"
    [ "$with_images" = 0 ] || load_images "$id"
    say "$id is up: address $(address "$id"), daemon unix://$(socket "$id")"
  done
}

# Where cgroups are of version 1, what was left frozen dies only when it is thawed: killed before that, it does not run again.
end_frozen() {
  local id=$1 group=/sys/fs/cgroup/freezer/carryon-$1 file frozen
  [ -d "$group" ] || return 0
  # grep fails when it finds no line in any of them
  frozen=$(find "$group" -mindepth 2 -name freezer.state -exec grep -L THAWED {} + || true)
  [ -n "$frozen" ] || return 0
  cluster_docker "$id" ps -q | xargs -r timeout 5 docker -H "unix://$(socket "$id")" kill >/dev/null 2>&1 || true
  for file in $frozen; do echo THAWED >"$file" 2>/dev/null || true; done
}

daemon_down() {
  local id=$1 pid
  pid=$(daemon_pid "$id") || return 0
  end_frozen "$id"
  cluster_docker "$id" ps -aq | xargs -r docker -H "unix://$(socket "$id")" rm -fv >/dev/null
  cluster_docker "$id" volume ls -q | xargs -r docker -H "unix://$(socket "$id")" volume rm -f >/dev/null
  kill "$pid"
  await 20 sh -c "! kill -0 $pid" || fail "the Docker daemon of $id (pid $pid) does not end; its log: $state/$id/dockerd.log"
}

down() {
  local id
  for id in "$@"; do
    refuse_kubernetes "$id"
    daemon_down "$id"
    remove_traces "$id"
  done
  for id in $(existing); do
    if daemon_pid "$id" >/dev/null; then return; fi
  done
  wan_down
}

existing() { find "$state" -mindepth 2 -maxdepth 2 -name daemon.json -printf '%P\n' 2>/dev/null | cut -d/ -f1 | sort; }
refuse_kubernetes() { [ ! -d "$state/$1/kubernetes" ] || fail "$1 is a cluster of scripts/kubernetes.sh"; }

status() {
  local id
  for id in "$@"; do
    if daemon_pid "$id" >/dev/null && cluster_docker "$id" info >/dev/null 2>&1; then
      printf '%-10s %-12s %-45s %s containers\n' "$id" "$(address "$id")" "unix://$(socket "$id")" "$(cluster_docker "$id" ps -q | wc -l)"
    else
      printf '%-10s %-12s down\n' "$id" "$(address "$id")"
    fi
  done
}

command=${1:-}
shift || true
offset="" purge=0 with_images=1 names=()
while [ $# -gt 0 ]; do
  case $1 in
    --monotonic-offset) [[ ${2:-} =~ ^[0-9]+$ ]] || fail "--monotonic-offset needs a number of seconds"; offset=$2; shift ;;
    --purge) purge=1 ;;
    --no-images) with_images=0 ;;
    -*) fail "unknown option $1: see the head of $0" ;;
    *) names+=("$1") ;;
  esac
  shift
done

case $command in
  up) [ ${#names[@]} -gt 0 ] || names=(edge cloud); up "${names[@]}" ;;
  down) [ ${#names[@]} -gt 0 ] || mapfile -t names < <(existing); down "${names[@]}" ;;
  status) [ ${#names[@]} -gt 0 ] || mapfile -t names < <(existing); status "${names[@]}" ;;
  *) fail "usage: clusters.sh up|down|status [--monotonic-offset SECONDS] [--purge] [--no-images] [NAME...]" ;;
esac
