#!/bin/bash
# certs.sh DIRECTORY NODE ADDRESS: a certificate authority of a Kubernetes cluster, what its programs show each other, and their kubeconfigs. What is there stays.
set -euo pipefail
node=$2 address=$3
mkdir -p "$1"
chmod 700 "$1"
cd "$1"

# issue NAME SUBJECT [ALTERNATIVE_NAMES]
issue() {
  if [ -e "$1.crt" ]; then return; fi
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -subj "$2" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -out "$1.crt" \
    -extfile <(echo "extendedKeyUsage=clientAuth,serverAuth"; [ -z "${3:-}" ] || echo "subjectAltName=$3")
  rm "$1.csr"
}

kubeconfig() {
  [ -e "$1.conf" ] || (
    umask 077
    cat >"$1.conf" <<END
apiVersion: v1
kind: Config
clusters: [{name: $node, cluster: {server: "https://$address:6443", certificate-authority-data: $(base64 -w0 ca.crt)}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}}]
contexts: [{name: $node, context: {cluster: $node, user: $1}}]
current-context: $node
END
  )
}

[ -e ca.crt ] || openssl req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -subj "/CN=kubernetes of $node" -days 365 -out ca.crt
[ -e sa.key ] || openssl ecparam -name prime256v1 -genkey -noout -out sa.key
[ -e sa.pub ] || openssl ec -in sa.key -pubout -out sa.pub
issue apiserver /CN=kube-apiserver "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1,IP:$address"
issue admin /O=system:masters/CN=admin
issue controller-manager /CN=system:kube-controller-manager
issue scheduler /CN=system:kube-scheduler
issue proxy /CN=system:kube-proxy
issue kubelet "/O=system:nodes/CN=system:node:$node" "DNS:$node,IP:127.0.0.1,IP:$address"
for name in admin controller-manager scheduler proxy kubelet; do kubeconfig "$name"; done
