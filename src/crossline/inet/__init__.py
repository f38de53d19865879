"""Addresses of the Internet Protocol between text and integers, in kernels and a column at a time.

Kernels hold an address as three numbers: its family (4, 6, or 0 for none), and its high and low 64 bits, of which an
IPv4 address has the low 32.
"""
