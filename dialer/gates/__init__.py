"""May this ring at this instant? One class a question, one function that asks them all.

`eligibility` is the door in; `load` reads the facts; nothing here changes anything.
"""
