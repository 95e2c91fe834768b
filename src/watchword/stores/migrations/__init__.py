"""The migrations, as scripts that Alembic turns into SQL; `stores.migrate` runs them."""
