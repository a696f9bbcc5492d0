"""Real processes on real databases: killed, cut off from the broker, racing; the ledger of rings is the verdict."""
