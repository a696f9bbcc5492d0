"""Brings people in: one pipeline from a source of rows to campaign contacts, with a verdict a row.

Owns reading, checking, duplicate policy, batch writes and import jobs; never decides when somebody is called.
"""
