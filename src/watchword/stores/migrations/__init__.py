"""The migrations, as scripts that Alembic turns into SQL; `stores.migration` runs them."""
