#!/bin/sh
# Makes the files of this folder with scamper and mtr, in network namespaces; needs root, iproute2, scamper, mtr.
#
#              r2 (10.0.2.2, fd00:2::2)
#   a --- r1 <                           > r4 (silent) --- z (10.0.6.2, fd00:6::2)
#              r3 (10.0.3.2, fd00:3::2)
#
# r1 sends each flow over one of two equal routes; r4 forwards, and has no route for answers of its own. 10.0.9.9 is
# nowhere: packets to it run in a ring between r4 and r2.
set -eu
cd "$(dirname "$0")"
ends() { for n in a r1 r2 r3 r4 z; do ip netns del "t-$n" 2>/dev/null || true; done; rm -rf /etc/netns/t-a; }
trap ends EXIT
ends
for n in a r1 r2 r3 r4 z; do ip netns add "t-$n"; ip -n "t-$n" link set lo up; done
wire() { # namespace, interface, namespace, interface, number of the network
  ip link add "$2" netns "t-$1" type veth peer name "$4" netns "t-$3"
  ip -n "t-$1" link set "$2" up; ip -n "t-$3" link set "$4" up
  ip -n "t-$1" addr add "10.0.$5.1/24" dev "$2"; ip -n "t-$3" addr add "10.0.$5.2/24" dev "$4"
  ip -n "t-$1" addr add "fd00:$5::1/64" dev "$2" nodad; ip -n "t-$3" addr add "fd00:$5::2/64" dev "$4" nodad
}
wire a e0 r1 e0 1
wire r1 e1 r2 e0 2
wire r1 e2 r3 e0 3
wire r2 e1 r4 e0 4
wire r3 e1 r4 e1 5
wire r4 e2 z e0 6
for n in r1 r2 r3 r4; do
  ip netns exec "t-$n" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 \
    net.ipv6.icmp.ratelimit=0 net.ipv4.fib_multipath_hash_policy=1 net.ipv6.fib_multipath_hash_policy=1
done
route() { ip -n "t-$1" route add "$2" via "10.0.$3"; ip -n "t-$1" -6 route add "$4" via "fd00:$5"; }
route a default 1.2 default 1::2
ip -n t-r1 route add default nexthop via 10.0.2.2 nexthop via 10.0.3.2
ip -n t-r1 -6 route add default nexthop via fd00:2::2 nexthop via fd00:3::2
route r2 default 4.2 default 4::2
route r2 10.0.1.0/24 2.1 fd00:1::/64 2::1
route r3 default 5.2 default 5::2
route r3 10.0.1.0/24 3.1 fd00:1::/64 3::1
route r4 default 4.1 default 4::1
route z default 6.1 default 6::1
for family in -4 -6; do
  ip -n t-r4 "$family" rule add iif lo lookup 100 pref 5
  ip -n t-r4 "$family" route add blackhole default table 100
done
sleep 2
mkdir -p /etc/netns/t-a
printf '127.0.0.1 localhost\n10.0.1.2 gateway.example\n10.0.6.2 far.example\n' >/etc/netns/t-a/hosts
rm -f routers.warts
ip netns exec t-a scamper -O warts -o routers.warts -p 100 \
  -I "trace -P icmp-paris -w 1 10.0.6.2" -I "trace -P udp-paris -w 1 -q 2 10.0.6.2" \
  -I "trace -P udp -Q -q 3 -w 1 10.0.6.2" -I "trace -P icmp -w 1 -f 2 10.0.6.2" \
  -I "trace -P udp-paris -w 1 fd00:6::2" -I "trace -Q -q 3 -P udp -w 1 fd00:6::2" \
  -I "ping -c 2 10.0.6.2" -I "tracelb -w 1 10.0.6.2" \
  -I "trace -w 1 -g 3 -P udp 10.0.9.9" -I "trace -w 1 -m 2 10.0.6.2"
sc_warts2json routers.warts >routers.json
mtr() { ip netns exec t-a mtr --json -i 0.2 -G 1 "$@"; }
mtr -n -c 3 10.0.6.2 >mtr-addresses.json
mtr -b -c 3 10.0.6.2 >mtr-both.json
mtr -c 3 10.0.6.2 >mtr-names.json
mtr -n -6 -u -c 5 fd00:6::2 >mtr-six.json
mtr -n -z -c 2 10.0.9.9 >mtr-loop.json
