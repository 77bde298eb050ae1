"""Run by alembic: the connection comes from `pipeline.store.schema.upgrade`."""

from alembic import context

from pipeline.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite's is in order once BEGIN is sent by us
)
with context.begin_transaction():
    context.run_migrations()
