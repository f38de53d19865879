"""What is left of the world's cables without some of them: paths between all pairs of states, cuts and detours.

``asking`` goes from files and options to an answer. ``network`` makes places and cables of a map, ``land`` knows which
states land joins, ``removing`` and ``judging`` find what goes, ``cuts`` counts disjoint paths and least cuts,
``courses`` measures ways, ``measuring`` does both before and after, ``editions`` compares two editions of a map, and
``telling`` makes an :class:`~crossline.impact.Impact` of it all.
"""
