"""Tests of the intake: items, people and duplicates, files, jobs, commands and races."""
