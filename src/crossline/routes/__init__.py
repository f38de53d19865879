"""Routes that routers print: from where their fields stand in a piece of text to batches of routes and sessions.

A reader of a router's output finds out where prefix, neighbour and AS path of each route stand; ``pieces`` hands it
the file bit by bit, ``document`` walks JSON, ``addresses`` brings addresses and prefixes into canonical form, ``ways``
reads each distinct AS path once, and ``table`` collects what was found and makes batches of it. What comes out is what
an MRT dump of the same table gives: the same assets, ids, ties and extents.
"""
