"""The product: campaigns, contacts, attempts, the engine that dials them, API and admin."""
