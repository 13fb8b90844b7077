"""Moves an installation from SQLite to PostgreSQL, whole or not at all."""
