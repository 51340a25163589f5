"""The database edge: SQLite by default, PostgreSQL by TALLY_DATABASE_URL. Rows never leave this room."""
