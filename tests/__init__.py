"""The proof: house, rules, providers, engine, API, whole scenarios."""
