#!/bin/sh
# Make the files in tests/readers/equipment: what two real agents say of themselves and of each other.
#
# Two network namespaces are joined by a cable. In each runs lldpd; in the first also snmpd (net-snmp), which lldpd
# tells its neighbours over AgentX. Debian 12: apt-get install snmpd snmp lldpd iproute2. Run as root:
#     sh tests/readers/make-equipment.sh tests/readers/equipment
# Names, numbers and addresses are made up: documentation prefixes, and hardware addresses whose first half is assigned
# (00259e, 4419b6, 00000c) and whose second half is not a real card's.
set -eu
out=$(realpath "$1")
work=$(mktemp -d)
chmod 755 "$work" # lldpcli gives up root
a=crossline-a
b=crossline-b
cleanup() {
    for pid in "$work"/*.pid; do [ -f "$pid" ] && kill "$(cat "$pid")" 2>/dev/null || true; done
    ip netns del $a 2>/dev/null || true
    ip netns del $b 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

ip netns add $a
ip netns add $b
ip -n $a link add uplink address 00:25:9e:00:00:01 type veth peer name downlink address 44:19:b6:00:00:02 netns $b
ip -n $a link add spare address 00:00:0c:00:00:03 type veth peer name local0 address 02:00:00:00:00:04
for link in lo uplink spare local0; do ip -n $a link set $link up; done
for link in lo downlink; do ip -n $b link set $link up; done
ip -n $a addr add 192.0.2.1/30 dev uplink
ip -n $a addr add 2001:db8:1::1/64 dev uplink nodad
ip -n $b addr add 192.0.2.2/30 dev downlink
ip netns exec $a sysctl -qw net.ipv4.ip_forward=1

# lldpd of each end. Its socket is its own, so that a daemon of this machine is left alone.
mkdir -p /run/lldpd
lldp() { # namespace, system name, description, maker, model
    ip netns exec "$1" lldpd -d -M 4 -x -X "$work/agentx" -u "$work/$1.sock" -S "$3" -c -L /nonexistent \
        >"$work/$1.log" 2>&1 &
    echo $! >"$work/$1.pid"
    sleep 1
    lldpcli -u "$work/$1.sock" configure system hostname "$2" || true
    lldpcli -u "$work/$1.sock" configure system capabilities enabled bridge,router || true
    lldpcli -u "$work/$1.sock" configure inventory manufacturer "$4" || true
    lldpcli -u "$work/$1.sock" configure inventory model "$5" || true
    lldpcli -u "$work/$1.sock" configure inventory software-revision "1.0" || true
    lldpcli -u "$work/$1.sock" configure lldp tx-interval 1 || true
    lldpcli -u "$work/$1.sock" resume
}

cat >"$work/snmpd.conf" <<CONF
agentAddress udp:127.0.0.1:16161
rocommunity not-a-secret 127.0.0.1
master agentx
agentXSocket $work/agentx
sysName edge-1.example.net
sysDescr Example Platform Software
sysContact someone@example.net
sysLocation nowhere
sysObjectID .1.3.6.1.4.1.2011.2.62.2.9
override .1.3.6.1.2.1.47.1.1.1.1.5.1 integer 3
override .1.3.6.1.2.1.47.1.1.1.1.12.1 octet_str "Huawei Technologies Co., Ltd."
override .1.3.6.1.2.1.47.1.1.1.1.13.1 octet_str "NE40"
override .1.3.6.1.2.1.47.1.1.1.1.11.1 octet_str "SERIAL-OF-THE-CHASSIS"
override .1.3.6.1.2.1.47.1.1.1.1.5.2 integer 6
override .1.3.6.1.2.1.47.1.1.1.1.12.2 octet_str "Delta Electronics"
override .1.3.6.1.2.1.47.1.1.1.1.5.3 integer 10
override .1.3.6.1.2.1.47.1.1.1.1.12.3 octet_str ""
CONF
ip netns exec $a snmpd -f -Lf "$work/snmpd.log" -C -c "$work/snmpd.conf" -p "$work/snmpd.pid" -I -smux &
sleep 1
lldp $a edge-1.example.net "Example Platform Software
Version 1.0 (two lines = one description)" "Huawei" "NE40"
lldp $b camera-7.example.net "Example camera" "Hikvision" "DS-2CD"
sleep 6

walk() { # options
    for tree in .1.3.6.1.2.1.1 .1.3.6.1.2.1.2.2.1.6 .1.3.6.1.2.1.4.20 .1.3.6.1.2.1.4.34 .1.3.6.1.2.1.47 .1.0.8802.1.1.2; do
        ip netns exec $a snmpwalk -v2c -c not-a-secret "$@" 127.0.0.1:16161 $tree
    done
}
walk >"$out/walk.txt"
walk -On >"$out/walk-On.txt"
walk -OQ >"$out/walk-OQ.txt"
walk -Oqn >"$out/walk-Oqn.txt"
walk -Oe -Ox >"$out/walk-Oex.txt"
for form in json json0; do
    lldpcli -u "$work/$a.sock" -f $form show neighbors details >"$out/neighbours.$form"
    lldpcli -u "$work/$a.sock" -f $form show chassis details >"$out/chassis.$form"
done
