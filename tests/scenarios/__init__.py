"""Whole campaigns from start to end, judged by the ledger of rings."""
