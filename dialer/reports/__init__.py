"""Reads what happened and counts it; never writes."""
