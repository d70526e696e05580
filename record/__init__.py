"""The record in Postgres: what was reported, decided and done, by whom, on what rule. SQL lives in named .sql files."""
