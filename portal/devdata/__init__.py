"""Invented people, keys and calls, to see and to measure the portal at size."""
