"""The Internet between ASes: its graph, the routes that all ASes choose to all others, and what a regime does to them.

Routes follow Gao and Rexford (2001, DOI 10.1109/90.974523): customer over peer over provider, then shorter, then the
lowest next hop; what comes from a peer or a provider is passed on to customers only. All pairs, not a sample.
"""
