"""What the applications that follow us are told: the numbered change feed, and webhooks that carry it to them.

Owns numbering, reading, handing over and sending; never writes what happened, that is the engine's.
"""
