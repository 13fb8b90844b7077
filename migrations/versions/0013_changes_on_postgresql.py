"""The log of changes that can turn a verdict on PostgreSQL too, each with the transaction that made it.

On SQLite the migration 0001 has made the triggers, and `xid` stays empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = "public_id, owner_id, name, kind, not_before, created_at, expires_at, paused_at, revoked_at, policy, sign_in_id"
SECRETS = "SELECT s.digest, NULL::bigint FROM key_secret s"
# What each change concerns. A secret that another transaction is just making is not seen here. One of the same key waits
# for that key's row; of a person, or a sign-in that ends, nobody waits for, so all keys of that owner are meant. A sign-in
# that goes on for longer turns no yes into a no.
CHANGES = (
    ("key_changed", "key", f"DELETE OR UPDATE OF {KEY}", f"{SECRETS} WHERE s.key_id = OLD.id"),
    ("key_secret_changed", "key_secret", "DELETE OR UPDATE OF digest, key_id, ends_at", "SELECT OLD.digest, NULL::bigint"),
    ("person_changed", "person", "DELETE OR UPDATE OF email, disabled_at", "SELECT NULL::bytea, OLD.id"),
    ("sign_in_ended", "sign_in", "UPDATE OF ended_at", "SELECT NULL::bytea, OLD.person_id"),
    (
        "sign_in_changed",
        "sign_in",
        "DELETE OR UPDATE OF ends_at",
        f"{SECRETS} JOIN key k ON k.id = s.key_id WHERE k.sign_in_id = OLD.id",
    ),
)
ALL = "SELECT NULL::bytea, NULL::bigint"
TABLES = ("key", "key_secret", "person", "sign_in", "site")
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
XID = "pg_current_xact_id()::text::bigint"
HAS_XID = sa.text("xid IS NOT NULL")


def upgrade():
    op.add_column("key_change", sa.Column("owner_id", WHOLE, nullable=True))
    op.add_column("key_change", sa.Column("xid", WHOLE, nullable=True))
    op.create_index("ix_key_change_xid", "key_change", ["xid"], sqlite_where=HAS_XID, postgresql_where=HAS_XID)
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"INSERT INTO key_change (xid) VALUES ({XID})")  # never empty: what is older than it may be missing
    for name, table, acts, changed in CHANGES:
        _function(name, changed)
        _trigger(name, f'AFTER {acts} ON "{table}" FOR EACH ROW', name)
    _function("anything_changed", ALL)
    for table in TABLES:
        _trigger(f"{table}_truncated", f'AFTER TRUNCATE ON "{table}" FOR EACH STATEMENT', "anything_changed")
    _trigger("site_changed", "AFTER INSERT OR UPDATE OR DELETE ON site FOR EACH STATEMENT", "anything_changed")


def _function(name, changed):
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN "
        f"INSERT INTO key_change (digest, owner_id, xid) SELECT changed.digest, changed.owner_id, {XID} "
        f"FROM ({changed}) AS changed (digest, owner_id); RETURN NULL; END $$"
    )


def _trigger(name, event, function):
    op.execute(f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {function}()")


def downgrade():
    if op.get_bind().dialect.name == "postgresql":
        for name in (*[name for name, *_rest in CHANGES], "anything_changed"):
            op.execute(f"DROP FUNCTION {name} CASCADE")
    op.drop_index("ix_key_change_xid", "key_change")
    op.drop_column("key_change", "xid")
    op.drop_column("key_change", "owner_id")
