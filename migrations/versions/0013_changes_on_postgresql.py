"""The log of changes that can turn a verdict on PostgreSQL too, each with the transaction that made it.

On SQLite the migration 0001 has made the triggers, and `xid` stays empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

VERDICT_COLUMNS = {
    "key": "public_id, owner_id, name, kind, not_before, expires_at, paused_at, revoked_at, policy, sign_in_id",
    "key_secret": "digest, key_id, ends_at",
    "person": "email, disabled_at",
    "sign_in": "ends_at, ended_at",
}
OWNED = "SELECT s.digest FROM key_secret s JOIN key k ON k.id = s.key_id WHERE k."
DIGESTS = {
    "key": "SELECT digest FROM key_secret WHERE key_id = OLD.id",
    "key_secret": "SELECT OLD.digest",
    "person": f"{OWNED}owner_id = OLD.id",
    "sign_in": f"{OWNED}sign_in_id = OLD.id",
}
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
XID = "pg_current_xact_id()::text::bigint"
HAS_XID = sa.text("xid IS NOT NULL")


def upgrade():
    op.add_column("key_change", sa.Column("xid", WHOLE, nullable=True))
    op.create_index("ix_key_change_xid", "key_change", ["xid"], sqlite_where=HAS_XID, postgresql_where=HAS_XID)
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"INSERT INTO key_change (xid) VALUES ({XID})")  # never empty: what is older than it may be missing
    for table, columns in VERDICT_COLUMNS.items():
        _log(table, f'AFTER DELETE OR UPDATE OF {columns} ON "{table}" FOR EACH ROW', DIGESTS[table])
    _log("site", "AFTER INSERT OR UPDATE OR DELETE ON site FOR EACH STATEMENT", "SELECT NULL::bytea")


def _log(table, event, digests):
    op.execute(
        f"CREATE FUNCTION {table}_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"INSERT INTO key_change (digest, xid) SELECT changed.digest, {XID} FROM ({digests}) AS changed (digest); "
        "RETURN NULL; END $$"
    )
    op.execute(f"CREATE TRIGGER {table}_changed {event} EXECUTE FUNCTION {table}_changed()")


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        for table in (*VERDICT_COLUMNS, "site"):
            op.execute(f"DROP FUNCTION {table}_changed CASCADE")
    op.drop_index("ix_key_change_xid", "key_change")
    op.drop_column("key_change", "xid")
