"""One measurement of a path: which machines answered on the way from a place to an address, hop by hop.

A hop is an address that sent an answer, and no more: the machine may have answered from an interface that faces
another network, machines that work below IP or hide their hops answer not at all, and the way back is another one
(B. Augustin et al., "Avoiding traceroute anomalies with Paris traceroute", IMC 2006; A. Marder and J. M. Smith,
"MAP-IT", IMC 2016). So no reader may say that it saw all of them.

Ties in the role ``hop`` have the number of the hop (its TTL) as ``seq``, and as shares the per cent of the packets
sent with that TTL that this address answered: the least, with those that nobody answered counted against it, and
the most. Their basis is inferred, but for the destination's own answer, which is observed.
"""

from crossline.kinds import Column, Kind

KIND = Kind(
    name="trace",
    line="path",
    about="A measurement of the hops between a place and an address (traceroute).",
    columns=(
        Column("source", "text", "where it was measured from: a probe, a facility or a network, no whole address"),
        Column("destination", "text", "the address it was aimed at"),
        Column("tool", "text", "what measured it", choices=("atlas", "scamper", "mtr", "other")),
        Column("reached", "boolean", "whether the destination itself answered"),
        Column("hops", "integer", "how many hops up to the last that answered", least=0, most=10**6),
        Column("silent", "integer", "how many of these did not answer", least=0, most=10**6),
        Column("tunnels", "integer", "how many of these showed an MPLS label (RFC 4950)", least=0, most=10**6),
        Column("looping", "boolean", "whether an address answered again after another one had"),
    ),
    roles=("hop", "device"),
)
