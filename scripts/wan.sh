# wan.sh: what the scripts that start clusters on this machine have in common; to be sourced. Each cluster has a network namespace of its own, carryon-NAME; their uplinks meet in
# a bridge in a further one (carryon-wan), so that the machine's own forwarding rules have no say. The machine itself is 10.77.0.1 there, and
# 10.77.0.254 for clients that are to be somebody else.
# shellcheck shell=bash
state=${CARRYON_CLUSTERS:-/var/lib/carryon-clusters}
run=/run/carryon-clusters
wan=carryon-wan
wan_net=10.77.0
known=(edge cloud fog)

# await SECONDS COMMAND...: repeats the command until it succeeds.
await() {
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}

# address NAME: the last number of its address; well-known names have fixed ones, others get the next free one, for ever.
number() {
  local i
  for i in "${!known[@]}"; do
    if [ "${known[$i]}" = "$1" ]; then echo $((i + 2)); return; fi
  done
  if [ ! -e "$state/$1/number" ]; then
    local last
    last=$(cat "$state"/*/number 2>/dev/null | sort -n | tail -1)
    mkdir -p "$state/$1"
    echo $((${last:-9} + 1)) >"$state/$1/number"
  fi
  cat "$state/$1/number"
}
address() { echo "$wan_net.$(number "$1")"; }

wan_up() {
  # Left in place for good: without it packets for these addresses would leave the machine when the clusters are down.
  ip route replace unreachable "$wan_net.0/24" metric 9999
  if ! ip link show carryon-host >/dev/null 2>&1; then
    ip netns add "$wan" 2>/dev/null || true
    ip -n "$wan" link add br0 type bridge 2>/dev/null || true
    ip -n "$wan" link set br0 up
    ip link add carryon-host type veth peer name host netns "$wan"
    ip -n "$wan" link set host master br0 up
    ip addr add "$wan_net.1/24" dev carryon-host
    ip link set carryon-host up
  fi
  ip addr replace "$wan_net.254/24" dev carryon-host
}

# Once no cluster of any kind is left.
wan_down() {
  if [ "$(ip netns list | grep -c '^carryon-')" -gt 1 ]; then return; fi
  ip link del carryon-host 2>/dev/null || true
  ip netns del "$wan" 2>/dev/null || true
}

uplink_up() {
  local id=$1
  if ip -n "carryon-$id" link show uplink >/dev/null 2>&1; then return; fi
  ip netns add "carryon-$id" 2>/dev/null || true
  # The same hardware address each time: the others go on sending to the one that they know for half a minute.
  ip link add uplink address "$(printf 02:00:00:00:00:%02x "$(number "$id")")" netns "carryon-$id" type veth peer name "$id" netns "$wan"
  ip -n "$wan" link set "$id" master br0 up
  ip -n "carryon-$id" addr add "$(address "$id")/24" dev uplink
  ip -n "carryon-$id" link set uplink up
  ip -n "carryon-$id" link set lo up
}

insist_on_name() { [[ $1 =~ ^[a-z][a-z0-9]{0,9}$ ]] || fail "'$1' is no name for a cluster: up to 10 lower case letters and digits"; }

# remove_traces NAME: what a cluster whose programs have ended leaves in the kernel and on disks; with `purge` all of its data. Uses the script's own `say`.
remove_traces() {
  local id=$1 group
  ip netns del "carryon-$id" 2>/dev/null || true
  ip -n "$wan" link del "$id" 2>/dev/null || true
  for group in /sys/fs/cgroup/carryon-"$id" /sys/fs/cgroup/*/carryon-"$id"; do
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
  rm -rf "${run:?}/$id"
  [ "$purge" = 0 ] || rm -rf "${state:?}/$id"
  say "$id is down"
}
