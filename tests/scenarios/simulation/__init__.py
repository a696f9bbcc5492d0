"""The deterministic simulation: one integer makes a world, its faults and its operators, and replays them.

The engine is the real one; only the clock, the provider's faults and the deaths of workers are made here.
"""
