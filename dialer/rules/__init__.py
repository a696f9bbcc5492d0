"""Own what is true without a database: time, steps, windows, holidays, phones, legal moves.

Never reads a clock, a row or the network; `now` and every fact come in as arguments.
"""
