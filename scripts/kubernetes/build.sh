#!/bin/bash
# build.sh: makes the programs of a Kubernetes cluster below .carryon/cache/kubernetes, from package registries alone: Kubernetes itself and kine from Go modules, containerd, etcd
# and the CNI plugins from Debian, unpacked and not installed, as they would take the place of this machine's own. Does only what is missing.
# The first time takes minutes of all processors; needs go, gcc (for SQLite), apt-get and the packages runc, iptables and nftables.
set -euo pipefail
cd "$(dirname "$0")"

version=1.34.10
kine=0.14.12
suite=trixie
cache=$(cd ../.. && pwd)/.carryon/cache/kubernetes
fail() { echo "kubernetes: $*" >&2; exit 1; }

# What k8s.io/kubernetes takes from its own repository by `replace`, which counts in a main module only.
staging=(api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap code-generator component-base component-helpers
  controller-manager cri-api cri-client csi-translation-lib dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy
  kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission sample-apiserver sample-cli-plugin sample-controller)

build_kube() {
  local built=$cache/bin/kube.inputs inputs work module package flags="-s -w"
  inputs="$version $kine $(cat kube/*.go | sha256sum | cut -c1-16)"
  if [ "$(cat "$built" 2>/dev/null)" = "$inputs" ]; then return; fi
  # From 1.21 on it fetches the newer one that it is asked for.
  [[ $(go env GOVERSION 2>/dev/null) =~ ^go1\.([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 21 ] || fail "needs Go 1.21 or newer"
  command -v gcc >/dev/null || fail "needs gcc"
  echo "kubernetes: building Kubernetes $version"
  work=$(mktemp -d)
  # shellcheck disable=SC2064 # now, as it is local
  trap "rm -rf '$work'" EXIT
  cp kube/*.go "$work"
  (
    cd "$work"
    go mod init kube
    go mod edit -go=1.24.0 -godebug=default=go1.24 -require="k8s.io/kubernetes@v$version" -require="github.com/k3s-io/kine@v$kine"
    for module in "${staging[@]}"; do go mod edit -replace="k8s.io/$module=k8s.io/$module@v0.${version#1.}"; done
    go mod tidy
    for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
      flags+=" -X $package.gitVersion=v$version -X $package.gitMajor=${version%%.*} -X $package.gitMinor=$(cut -d. -f2 <<<"$version")"
    done
    CGO_ENABLED=1 go build -trimpath -ldflags "$flags" -o "$cache/bin/kube.new" .
  ) >"$cache/build.log" 2>&1 || { tail -20 "$cache/build.log" >&2; fail "building Kubernetes failed (the whole output: $cache/build.log)"; }
  mv "$cache/bin/kube.new" "$cache/bin/kube"
  for program in kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl k3s-shape; do ln -sf kube "$cache/bin/$program"; done
  echo "$inputs" >"$built"
}

# Of the suite by its name, from wherever this machine gets Debian.
unpack_packages() {
  local apt=$cache/apt mirror options
  if [ -e "$cache/packages/.done" ]; then return; fi
  echo "kubernetes: fetching containerd, etcd and the CNI plugins"
  # shellcheck disable=SC2016 # apt expands it, not the shell
  mirror=$(apt-get indextargets --format '$(REPO_URI)' | awk '/\/debian\/?$/ && !found++')
  [ -n "$mirror" ] || fail "apt-get names no Debian mirror; this is made for Debian"
  mkdir -p "$apt"/{lists,archives}/partial
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
  options=(-o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache::Archives=$apt/archives"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Acquire::Languages=none)
  (
    cd "$apt"
    apt-get "${options[@]}" update
    apt-get "${options[@]}" download containerd etcd-server containernetworking-plugins
    for package in *.deb; do dpkg-deb -x "$package" "$cache/packages"; done
  ) >"$cache/packages.log" 2>&1 || { tail -20 "$cache/packages.log" >&2; fail "fetching the packages failed (the whole output: $cache/packages.log)"; }
  rm -rf "$apt"
  touch "$cache/packages/.done"
}

mkdir -p "$cache/bin" "$cache/packages"
exec 9>"$cache/lock"
flock 9
unpack_packages
build_kube
