#!/usr/bin/env bash
# Makes what stands in tables/: what BIRD, FRR and OpenBGPD print of the routes in announced.txt and confederation.txt.
#
# Each daemon runs for some seconds in a network namespace of its own, and bgp_speaker.py, which can announce any AS
# path, in another one beside it. Nothing leaves the machine.
# Needs root, and on Debian: apt-get install bird2 frr openbgpd iproute2 python3
set -euo pipefail
cd "$(dirname "$0")"

for tool in bird birdc vtysh /usr/lib/frr/bgpd /usr/lib/frr/zebra bgpctl bgpd ip python3; do
  command -v "$tool" >/dev/null || { echo "make-route-tables.sh: $tool is missing" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "make-route-tables.sh: needs root, to make network namespaces" >&2; exit 2; }

run=$(mktemp -d)
chmod 755 "$run"
tag=rt$$
pids=()
spaces=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  for name in "${spaces[@]}"; do ip netns del "$name" 2>/dev/null || true; done
  rm -rf "$run"
}
trap cleanup EXIT

pair() { # name of the daemon: two namespaces with a wire between them, the neighbours on one end of it
  local near="$tag$1" far="$tag$1n"
  for name in "$near" "$far"; do
    ip netns add "$name"
    spaces+=("$name")
    ip -n "$name" link set lo up
  done
  ip link add wire netns "$near" type veth peer name wire netns "$far"
  for last in 1 2 3; do
    ip -n "$far" address add 192.0.2.$last/24 dev wire
    ip -n "$far" address add 2001:db8:1::$last/64 dev wire nodad
  done
  ip -n "$near" address add 192.0.2.9/24 dev wire
  ip -n "$near" address add 2001:db8:1::9/64 dev wire nodad
  ip -n "$near" link set wire up
  ip -n "$far" link set wire up
}
start() { # name of the namespace, log, command
  local space=$1 log=$2
  shift 2
  timeout 120 ip netns exec "$tag$space" "$@" >"$run/$log.log" 2>&1 &
  pids+=($!)
}
speak() { # name of the daemon, files of announcements
  local name=$1
  shift
  cat "$@" >"$run/$name.routes"
  start "${name}n" "$name-speaker" python3 bgp_speaker.py "$run/$name.routes" 64496 192.0.2.9 2001:db8:1::9
}
until_learned() { # how many, a command that prints one line a route
  for _ in $(seq 60); do
    sleep 0.5
    [ "$(eval "$2" 2>/dev/null | wc -l)" -ge "$1" ] && sleep 1 && return
  done
  echo "make-route-tables.sh: fewer than $1 routes: $2" >&2
  tail -n 20 "$run"/*.log >&2; eval "$2" >&2
  exit 1
}

# BIRD: the neighbour within the confederation too, a second table, and routes that are no BGP routes
pair bird
cat >"$run/bird.conf" <<END
router id 192.0.2.9; log stderr all; protocol device {}
ipv4 table spare;
protocol direct { ipv4; ipv6; }
protocol static { ipv4; route 192.0.2.128/25 blackhole; route 192.0.2.64/26 unreachable; route 192.0.2.32/27 via 192.0.2.1; }
protocol static spare_static { ipv4 { table spare; }; route 10.9.0.0/16 prohibit; }
protocol pipe { table master4; peer table spare; export where net = 198.51.100.0/24; import none; }
template bgp neighbours { local 192.0.2.9 as 64512; confederation 64496; passive yes; ipv4 { import all; export none; }; }
template bgp neighbours6 { local 2001:db8:1::9 as 64512; confederation 64496; passive yes; ipv6 { import all; export none; }; }
protocol bgp upstream1 from neighbours { neighbor 192.0.2.1 as 64501; }
protocol bgp upstream2 from neighbours { neighbor 192.0.2.2 as 65537; }
protocol bgp inside from neighbours { neighbor 192.0.2.3 as 64513; confederation member yes; }
protocol bgp absent from neighbours { neighbor 192.0.2.77 as 64511; }
protocol bgp upstream1v6 from neighbours6 { neighbor 2001:db8:1::1 as 64501; }
protocol bgp upstream2v6 from neighbours6 { neighbor 2001:db8:1::2 as 65537; }
END
start bird bird bird -f -c "$run/bird.conf" -s "$run/bird.ctl" -P "$run/bird.pid"
speak bird tables/announced.txt tables/confederation.txt
birdc_() { birdc -s "$run/bird.ctl" "$@"; }
until_learned 18 "birdc_ 'show route where source = RTS_BGP all' | grep -F as_path"
birdc_ show route all >tables/bird.txt
birdc_ show route table all all >tables/bird-all-tables.txt
birdc_ show route all primary >tables/bird-primary.txt
birdc_ show route all protocol upstream2 >tables/bird-protocol.txt
birdc_ show route >tables/bird-terse.txt
birdc_ -r show route all >tables/bird-restricted.txt
birdc_ -v show route all >tables/bird-codes.txt
{ birdc_ show status; birdc_ show protocols all; birdc_ show route all; } >tables/bird-with-protocols.txt
birdc_ show protocols all >tables/bird-protocols.txt
python3 - "$run/bird.ctl" >tables/bird-socket.txt <<'END'
import socket, sys, time
line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
line.settimeout(2)
line.sendall(b"show route all\n")
try:
    while part := line.recv(65536):
        sys.stdout.write(part.decode())
except TimeoutError:
    pass
END
rm -f tables/bird.mrt
birdc_ "mrt dump table \"master*\" to \"$run/bird.mrt\"" >/dev/null
sleep 1
cp "$run/bird.mrt" tables/bird.mrt

# FRR
pair frr
mkdir "$run/frr"
chown frr:frr "$run/frr"
cat >"$run/frr/bgpd.conf" <<END
router bgp 64512
 bgp router-id 192.0.2.9
 bgp confederation identifier 64496
 bgp confederation peers 64513
 no bgp ebgp-requires-policy
 no bgp network import-check
 no bgp default ipv4-unicast
 bgp bestpath compare-routerid
 neighbor 192.0.2.1 remote-as 64501
 neighbor 192.0.2.2 remote-as 65537
 neighbor 192.0.2.3 remote-as 64513
 neighbor 192.0.2.77 remote-as 64511
 neighbor 2001:db8:1::1 remote-as 64501
 neighbor 2001:db8:1::2 remote-as 65537
 address-family ipv4 unicast
  neighbor 192.0.2.1 activate
  neighbor 192.0.2.2 activate
  neighbor 192.0.2.3 activate
  neighbor 192.0.2.77 activate
  network 192.0.2.128/25
 exit-address-family
 address-family ipv6 unicast
  neighbor 2001:db8:1::1 activate
  neighbor 2001:db8:1::2 activate
 exit-address-family
router bgp 64510 vrf red
 bgp router-id 192.0.2.9
 no bgp network import-check
 address-family ipv4 unicast
  network 192.0.2.32/27
 exit-address-family
END
chown frr:frr "$run/frr/bgpd.conf"
# Without zebra (-Z) the daemon takes every next hop to be reachable
start frr bgpd /usr/lib/frr/bgpd -Z --vty_socket "$run/frr" -i "$run/frr/bgpd.pid" -f "$run/frr/bgpd.conf"
speak frr tables/announced.txt tables/confederation.txt
vtysh_() { vtysh --vty_socket "$run/frr" -c "$1"; }
until_learned 15 "vtysh_ 'show bgp ipv4 unicast json' | grep -oF '\"path\"'"
vtysh_ "show bgp ipv4 unicast json" >tables/frr-ipv4.json
vtysh_ "show bgp ipv6 unicast json" >tables/frr-ipv6.json
vtysh_ "show ip bgp json" >tables/frr-ip-bgp.json
vtysh_ "show bgp vrf all ipv4 unicast json" >tables/frr-vrf-all.json
for prefix in 10.0.0.0/8 10.5.0.0/16 192.0.2.128/25 203.0.113.0/24; do
  vtysh_ "show bgp ipv4 unicast $prefix json"
done >tables/frr-prefixes.json
vtysh_ "show bgp summary json" >tables/frr-summary.json
vtysh_ "show bgp neighbors json" >tables/frr-neighbors.json
vtysh_ "show bgp ipv4 unicast neighbors 192.0.2.1 advertised-routes json" >tables/frr-advertised.json
vtysh --vty_socket "$run/frr" -c "configure" -c "dump bgp routes-mrt $run/frr/frr.mrt" -c "router bgp 64512" \
  -c "bgp bestpath as-path multipath-relax" -c "address-family ipv4 unicast" -c "maximum-paths 4"
sleep 2
vtysh_ "show bgp ipv4 unicast 10.7.0.0/16 json" >tables/frr-multipath.json
vtysh_ "show bgp ipv4 unicast json" >tables/frr-multipath-all.json
for _ in $(seq 20); do [ -s "$run/frr/frr.mrt" ] && break; sleep 0.5; done
cat "$run/frr/frr.mrt" >tables/frr.mrt

# OpenBGPD
pair obgp
cat >"$run/obgp.conf" <<END
AS 64496
router-id 192.0.2.9
socket "$run/obgp.sock"
dump table-v2 "$run/obgp.mrt" 20
fib-update no
nexthop qualify via default
network 192.0.2.128/25
neighbor 192.0.2.1 {
  remote-as 64501
  passive
  descr "first"
}
neighbor 192.0.2.2 {
  remote-as 65537
  passive
  descr "second"
}
neighbor 192.0.2.77 {
  remote-as 64511
  passive
  descr "absent"
}
neighbor 2001:db8:1::1 {
  remote-as 64501
  passive
}
neighbor 2001:db8:1::2 {
  remote-as 65537
  passive
}
allow from any
allow to any
END
chmod 600 "$run/obgp.conf"
mkdir -p "$(getent passwd _openbgpd | cut -d: -f6)" # it changes its root to there
start obgp obgp /usr/sbin/bgpd -d -f "$run/obgp.conf"
speak obgp tables/announced.txt
bgpctl_() { bgpctl -s "$run/obgp.sock" "$@"; }
until_learned 16 "bgpctl_ show rib | grep '^[*A-Z]'"
bgpctl_ -j show rib >tables/openbgpd-rib.json
bgpctl_ -j show rib detail >tables/openbgpd-rib-detail.json
bgpctl_ -j show rib in >tables/openbgpd-rib-in.json
bgpctl_ -j show rib out >tables/openbgpd-rib-out.json
bgpctl_ -j show neighbor >tables/openbgpd-neighbor.json
bgpctl_ -j show summary >tables/openbgpd-summary.json
for _ in $(seq 80); do [ "$(wc -c <"$run/obgp.mrt")" -gt 500 ] && break; sleep 0.5; done
sleep 1
cp "$run/obgp.mrt" tables/openbgpd.mrt
