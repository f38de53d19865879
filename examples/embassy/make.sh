#!/usr/bin/env bash
# Makes gateway.mrt: the routing table of a small embassy's router, as the BIRD daemon writes it (RFC 6396).
#
# Three BIRD instances run for a few seconds in network namespaces of their own: two carriers that announce
# bird/routes.txt, and the embassy's router, which dumps what it learned. Nothing leaves the machine.
# Needs root, bird 2 and iproute2 (Debian: apt-get install bird2 iproute2).
set -euo pipefail
cd "$(dirname "$0")"

for tool in bird birdc ip timeout; do
  command -v "$tool" >/dev/null || { echo "make.sh: $tool is missing (Debian: apt-get install bird2 iproute2)" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "make.sh: needs root, to make network namespaces" >&2; exit 2; }

run=$(mktemp -d)
tag=xl$$
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  for name in e a b; do ip netns del "$tag$name" 2>/dev/null || true; done
  rm -rf "$run"
}
trap cleanup EXIT

for name in e a b; do
  ip netns add "$tag$name"
  ip -n "$tag$name" link set lo up
done
link() { # carrier's namespace, its IPv4 and IPv6 address, the embassy's
  ip link add "${tag}e$1" netns "${tag}e" type veth peer name wan netns "$tag$1"
  ip -n "$tag$1" address add "$2" dev wan
  ip -n "$tag$1" address add "$3" dev wan nodad
  ip -n "$tag$1" link set wan up
  ip -n "${tag}e" address add "$4" dev "${tag}e$1"
  ip -n "${tag}e" address add "$5" dev "${tag}e$1" nodad
  ip -n "${tag}e" link set "${tag}e$1" up
}
link a 192.0.2.1/30 2001:db8:a::1/64 192.0.2.2/30 2001:db8:a::2/64
link b 203.0.113.1/30 2001:db8:b::1/64 203.0.113.2/30 2001:db8:b::2/64

carrier() { # AS number, its addresses, the embassy's addresses
  echo "router id $2; log stderr all; protocol device {}"
  local family wanted
  for family in ipv4 ipv6; do
    [ "$family" = ipv4 ] && wanted='^[^:]*$' || wanted=':'
    echo "protocol static { $family;"
    # BIRD prepends its own number when it announces; each prepend puts a number in front, so the origin comes first
    awk -v as="$1" -v wanted="$wanted" '$1 == as && $2 ~ wanted {
      printf "  route %s blackhole {", $2
      for (i = NF; i > 2; i--) printf " bgp_path.prepend(%s);", $i
      print " };"
    }' bird/routes.txt
    echo "}"
  done
  echo "protocol bgp { local $2 as $1; neighbor $4 as 64496; connect delay time 1; error wait time 1, 2;"
  echo "  ipv4 { import none; export where source = RTS_STATIC; }; }"
  echo "protocol bgp { local $3 as $1; neighbor $5 as 64496; connect delay time 1; error wait time 1, 2;"
  echo "  ipv6 { import none; export where source = RTS_STATIC; }; }"
}
carrier 3356 192.0.2.1 2001:db8:a::1 192.0.2.2 2001:db8:a::2 >"$run/a.conf"
carrier 23764 203.0.113.1 2001:db8:b::1 203.0.113.2 2001:db8:b::2 >"$run/b.conf"
cp bird/embassy.conf "$run/e.conf"

for name in a b e; do
  timeout 60 ip netns exec "$tag$name" bird -f -c "$run/$name.conf" -s "$run/$name.ctl" -P "$run/$name.pid" 2>"$run/$name.log" &
  pids+=($!)
done

expected=$(grep -vc '^#' bird/routes.txt)
for _ in $(seq 60); do
  sleep 0.5
  learned=$(birdc -s "$run/e.ctl" 'show route where source = RTS_BGP count' 2>/dev/null |
    awk '$2 == "of" { n += $1 } END { print n + 0 }') || learned=0
  [ "$learned" = "$expected" ] && break
done
if [ "$learned" != "$expected" ]; then
  echo "make.sh: the embassy's router learned $learned routes of $expected; its log:" >&2
  tail -n 20 "$run/e.log" >&2
  exit 1
fi
birdc -s "$run/e.ctl" "mrt dump table \"master*\" to \"$run/gateway.mrt\"" >"$run/dump.log"
[ -s "$run/gateway.mrt" ] || { echo "make.sh: BIRD wrote no dump:" >&2; cat "$run/dump.log" >&2; exit 1; }
birdc -s "$run/e.ctl" 'show protocols' | head -n 12
cp "$run/gateway.mrt" gateway.mrt
echo "gateway.mrt: $learned routes learned, $(wc -c <gateway.mrt) bytes"
