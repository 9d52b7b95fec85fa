"""Runs the house: the two commands, PostgreSQL, migrations, the supervisor, assets."""
