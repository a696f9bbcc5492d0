"""What changes the world, in order of a call's life: claim, push, observe, apply, reconcile, withdraw, recover.

The only writers of state. Functions take `now`, are safe to run twice and at once, and to be killed at any line.
"""
