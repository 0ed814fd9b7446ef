#!/bin/bash
# setup.sh [--no-images] [--tests] [--workload NAME]...: installs and builds all that carryon needs on this machine: Node packages, Debian packages, Temporal, a running
# Docker daemon, the program itself, its images. Does only what is missing; running it again takes seconds.
# --no-images leaves the images out; --tests also installs what only the tests need; --workload builds
# only these of the services that the tests move.
# Made for Debian and Ubuntu. Elsewhere: install docker, nftables, iproute2, mmdebstrap and temporal by hand, and run it again.
set -euo pipefail
cd "$(dirname "$0")/.."

temporal_version=1.5.1
go_floor=1.23
cache=.carryon/cache
log=.carryon/setup.log
began=$SECONDS
images=1 tests=0
workloads=()
while [ $# -gt 0 ]; do
  case $1 in
    --no-images) images=0 ;;
    --tests) tests=1 ;;
    --workload) workloads+=("${2:?setup: --workload needs a name}"); shift ;;
    *) echo "setup: there is no option $1; options: --no-images, --tests, --workload NAME" >&2; exit 2 ;;
  esac
  shift
done
lists_fresh=0
mkdir -p "$cache"
# It is where carryon.yaml keeps certificate authorities and Temporal's data, unless told otherwise.
chmod 700 .carryon
: >"$log"

say() { echo "setup: $* [$((SECONDS - began)) s]"; }
fail() { echo "setup: $*" >&2; exit 1; }
# quietly WHAT COMMAND...: runs the command with its output in the log; on failure shows the log's end.
quietly() {
  local what=$1; shift
  say "$what"
  "$@" >>"$log" 2>&1 </dev/null || { tail -20 "$log" >&2; fail "failed: $what (the whole output: $log)"; }
}
has() { command -v "$1" >/dev/null; }

check_node() {
  has node || fail "there is no node: install Node 20.9 or newer"
  node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 9) ? 0 : 1)' \
    || fail "node $(node --version) is too old: install Node 20.9 or newer"
}

# `npm ci` refuses a lock file without the optional packages of platforms that its maker's registry did not have; `npm install` takes the
# same versions from it and leaves those out.
npm_install() { npm ci --no-audit --no-fund || npm install --no-save --no-audit --no-fund; }

install_node_packages() {
  local digest
  digest=$(sha256sum package-lock.json | cut -c1-64)
  if [ "$(cat node_modules/.carryon-lock 2>/dev/null)" = "$digest" ]; then return; fi
  # A tree that npm finds right already (made by hand) is kept: other processes may be using it.
  if ! npm ls --all >/dev/null 2>&1; then quietly 'installing Node packages' npm_install; fi
  echo "$digest" >node_modules/.carryon-lock
}

# packages PROGRAM=PACKAGE...: installs the packages whose program is not there.
packages() {
  local pair missing=()
  for pair in "$@"; do
    has "${pair%%=*}" || missing+=("${pair#*=}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || fail "needs ${missing[*]}: run as root, or install them yourself"
  has apt-get || fail "needs ${missing[*]}: install them with this system's package manager and run it again"
  [ "$lists_fresh" = 1 ] || quietly 'refreshing the package lists' apt-get update
  lists_fresh=1
  quietly "installing ${missing[*]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

start_docker() {
  if docker info >/dev/null 2>&1; then return; fi
  [ "$(id -u)" = 0 ] || fail "no Docker daemon answers: start it, or run as root"
  if has systemctl && [ -d /run/systemd/system ]; then
    quietly 'starting Docker' systemctl start docker
  elif [ -n "${DOCKER_HOST:-}" ]; then
    # Another daemon is meant than one started here.
    fail "DOCKER_HOST is $DOCKER_HOST, which does not answer: start that daemon, or unset DOCKER_HOST"
  else
    say 'starting Docker'
    setsid dockerd >.carryon/dockerd.log 2>&1 </dev/null &
  fi
  for _ in {1..300}; do
    if docker info >/dev/null 2>&1; then return; fi
    sleep 0.2
  done
  fail "the Docker daemon does not answer; its log: .carryon/dockerd.log or journalctl -u docker"
}

go_is_new_enough() {
  has go && printf '%s\n%s\n' "$go_floor" "$(go env GOVERSION | sed 's/^go//')" | sort -VC
}

# Temporal's own download where it can be reached, else built from its module.
install_temporal() {
  has temporal && return
  local built release architecture
  architecture=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
  release=https://github.com/temporalio/cli/releases/download/v$temporal_version/temporal_cli_${temporal_version}_linux_$architecture.tar.gz
  built=$(go env GOPATH 2>/dev/null || echo "$HOME/go")/bin/temporal
  if [ ! -x "$built" ]; then
    say "fetching temporal $temporal_version"
    mkdir -p "$cache/temporal"
    if curl -fsSL --connect-timeout 5 --max-time 300 "$release" 2>>"$log" | tar -xz -C "$cache/temporal" temporal 2>>"$log"; then
      built=$PWD/$cache/temporal/temporal
    else
      go_is_new_enough || packages go-of-backports=golang-go
      go_is_new_enough || fail "temporal cannot be downloaded, and building it needs Go $go_floor or newer: install either"
      quietly "building temporal $temporal_version (takes some minutes)" env CGO_ENABLED=0 go install "github.com/temporalio/cli/cmd/temporal@v$temporal_version"
    fi
  fi
  install -m 755 "$built" /usr/local/bin/temporal 2>>"$log" || fail "put $built on your PATH"
}

check_node
packages curl=curl ip=iproute2 nft=nftables iptables=iptables dockerd=docker.io gcc=gcc
# Newer Debian has the client in a package of its own.
packages docker=docker-cli
# Tests run parts of the runtime module on this machine itself, with what its image has.
if [ $tests = 1 ]; then
  packages spin=spin make=make python3=python3 openssl=openssl sysctl=procps runc=runc setfattr=attr setfacl=acl rsync=rsync umoci=umoci conntrack=conntrack wg=wireguard-tools \
    wireguard-go=wireguard-go faketime=faketime
  # The soak's checker of histories, and what tests it, are a part that tests can be run without. Helm comes from Go as well.
  (packages go=golang-go) || say 'WARNING: THERE IS NO GO: the checker of the soak is not tested, and the soak cannot be run'
  nice -n 19 scripts/helm.sh || say 'WARNING: THERE IS NO HELM: the tests of its chart fail'
fi
if [ $tests = 1 ] && ! docker compose version >/dev/null 2>&1; then packages docker-compose=docker-compose; fi
install_node_packages
install_temporal
start_docker
docker image inspect debian:trixie-slim >/dev/null 2>&1 || packages mmdebstrap=mmdebstrap
quietly 'building carryon' npm run build
if [ $images = 1 ]; then
  say 'making the runtime image'
  scripts/images.sh
  scripts/workloads.sh "${workloads[@]}"
fi
say 'ready'
