"""Own the provider interface and its adapters: a library that could be published alone.

Never imports Django or anything of `dialer`.
"""
