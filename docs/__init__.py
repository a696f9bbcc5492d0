"""Own the pages that are made from the code: `python -m docs` writes them, a test holds them true."""
