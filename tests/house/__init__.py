"""The house itself: settings, start and stop, logs, health pages, the files that others run it with."""
