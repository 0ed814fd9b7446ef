#!/bin/bash
# arguments.sh PROGRAM SHAPE NAME ADDRESS STATE RUN: what a program of a cluster is started with, one argument a line.
set -euo pipefail
program=$1 shape=$2 name=$3 address=$4 state=$5 run=$6
pki=$state/pki etcd=http://127.0.0.1:2379
# What K3s has in its place.
[ "$shape" != k3s ] || etcd=unix://$run/kine.sock

arguments() {
  local member
  case $1 in
    containerd) printf '%s\n' --config "$state/etc/containerd.toml" ;;
    etcd)
      printf '%s\n' --data-dir "$state/etcd" --unsafe-no-fsync --listen-client-urls "$etcd" --advertise-client-urls "$etcd" --listen-peer-urls http://127.0.0.1:2380 ;;
    kine) printf '%s\n' --listen-address "$etcd" --endpoint "sqlite://$state/kine.db?_journal=WAL&cache=shared&_busy_timeout=30000&_txlock=immediate" ;;
    kube-apiserver)
      printf '%s\n' --etcd-servers="$etcd" --bind-address="$address" --advertise-address="$address" --service-cluster-ip-range=10.96.0.0/16 \
        --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
        --kubelet-client-certificate="$pki/admin.crt" --kubelet-client-key="$pki/admin.key" --kubelet-certificate-authority="$pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
        --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" ;;
    kube-controller-manager)
      printf '%s\n' --kubeconfig="$pki/controller-manager.conf" --bind-address=127.0.0.1 --leader-elect=false --use-service-account-credentials --enable-hostpath-provisioner \
        --root-ca-file="$pki/ca.crt" --service-account-private-key-file="$pki/sa.key" ;;
    kube-scheduler) printf '%s\n' --kubeconfig="$pki/scheduler.conf" --bind-address=127.0.0.1 --leader-elect=false ;;
    kubelet) printf '%s\n' --config="$state/etc/kubelet.yaml" --kubeconfig="$pki/kubelet.conf" --root-dir="$state/kubelet" --hostname-override="$name" --node-ip="$address" ;;
    kube-proxy) printf '%s\n' --config="$state/etc/proxy.yaml" ;;
    k3s-shape)
      for member in kine kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy; do
        printf '%s\n' -- "$member"
        arguments "$member"
      done ;;
    *) echo "there is no program $1" >&2; exit 1 ;;
  esac
}
arguments "$program"
