"""What every reader of traceroutes needs, whatever the format: from bytes to assets of kind ``trace``.

Bytes run one way: ``content`` decompresses, ``driving`` hands windows of bytes to a format's kernel, ``document`` cuts
and checks JSON where the format is that, ``addresses`` parses, ``book`` takes down who answered at which hop and makes
of each measurement its ties, a bundle for each distinct set of them, and ``outcome`` puts the book into a batch.
"""
