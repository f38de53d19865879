#!/bin/sh
# Make the files in tests/readers/dns: what dig writes of the answers of a real server.
#
# dnsmasq answers on the loopback for a few names, and dig asks it. Debian 12: apt-get install dnsmasq-base bind9-dnsutils.
#     sh tests/readers/make-dns.sh tests/readers/dns
# Names are for documentation (RFC 6761). The addresses lie in blocks that are anycast for purposes of their own and
# reach no customer of anybody's (192.88.99.0/24, RFC 7526; 2620:4f:8000::/48, RFC 7534), but for one that is for
# documentation.
set -eu
out=$(realpath "$1")
work=$(mktemp -d)
trap 'kill "$(cat "$work/pid")" 2>/dev/null || true; rm -rf "$work"' EXIT
cat >"$work/conf" <<'CONF'
port=5533
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
keep-in-foreground
local=/example.org/
local=/example.net/
host-record=api.example.org,192.88.99.7
host-record=api.example.org,2620:4f:8000::7
host-record=edge.example.net,192.88.99.9
host-record=edge.example.net,192.88.99.10
host-record=lab.example.org,198.51.100.1
cname=www.example.org,cdn.example.org
cname=cdn.example.org,edge.example.net
txt-record=api.example.org,"v=1; x"
mx-host=example.org,edge.example.net,10
CONF
dnsmasq -C "$work/conf" --pid-file= >/dev/null 2>&1 &
echo $! >"$work/pid"
sleep 1
printf '%s\n' 'api.example.org A' 'api.example.org AAAA' 'www.example.org A' 'lab.example.org A' 'none.example.org A' \
    'example.org MX' 'api.example.org TXT' 'other.test A' >"$work/questions"
LC_ALL=C TZ=UTC dig @127.0.0.1 -p 5533 -f "$work/questions" >"$out/dig.txt"
LC_ALL=C TZ=UTC dig @127.0.0.1 -p 5533 +noall +answer -f "$work/questions" >"$out/dig-answers.txt"
