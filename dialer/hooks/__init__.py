"""Notifications of providers, as they come in: stored durably before they are answered, read afterwards.

The reading is the engine's.
"""
