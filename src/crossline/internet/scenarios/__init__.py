"""Who refuses whom: scenarios in words of states and parties, and the networks they stand for."""
