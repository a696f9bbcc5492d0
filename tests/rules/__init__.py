"""The rules by tables and by properties: time, steps, windows, holidays, phones."""
