"""The demonstration: two campaigns over the simulator and the files with their invented people.

Owns what a first run shows; the product never depends on it.
"""
