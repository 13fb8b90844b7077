"""What an admin's list of every key is read from: indexes, and a row of last use for keys that were never used too.

An admin who pauses somebody's key says why, and an act on thousands of keys is written down before it is done.

On PostgreSQL the columns that lists are ordered by compare byte by byte, as SQLite and Python do.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
END = "coalesce(expires_at, 9007199254740991)"
PARTIAL = {
    "ix_key_revoked": "revoked_at IS NOT NULL",
    "ix_key_paused": "paused_at IS NOT NULL",
    "ix_key_without_secret": "secret_made_at IS NULL",
    "ix_key_not_before": "not_before IS NOT NULL",
}
ORDERED = {"key": ("public_id", "name_folded"), "person": ("email_folded",), "key_last_used": ("address",)}
FIRST_ROW = "INSERT INTO key_last_used (key_id, at, used) VALUES (NEW.id, NEW.created_at, false);"


def upgrade():
    _order_by_bytes("C")
    op.add_column("key_last_used", sa.Column("used", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute(
        "INSERT INTO key_last_used (key_id, at, used) SELECT id, created_at, false FROM key "
        "WHERE NOT EXISTS (SELECT 1 FROM key_last_used WHERE key_id = key.id)"
    )
    op.drop_index("ix_key_last_used_at_key_id", "key_last_used")
    op.create_index("ix_key_last_used_used_at_key_id", "key_last_used", ["used", "at", "key_id"])
    op.create_index("ix_key_last_used_address_key_id", "key_last_used", ["address", "key_id"])
    op.drop_index("ix_key_expires_at_id", "key")
    op.create_index("ix_key_name_folded_id", "key", ["name_folded", "id"])
    op.create_index("ix_key_end", "key", [sa.text(END), "id"])
    living = sa.text("revoked_at IS NULL AND secret_made_at IS NOT NULL")
    op.create_index(
        "ix_key_span", "key", [sa.text(f"({END} - created_at)")], sqlite_where=living, postgresql_where=living
    )
    for name, condition in PARTIAL.items():
        where = sa.text(condition)
        op.create_index(name, "key", ["created_at", "id"], sqlite_where=where, postgresql_where=where)
    _make_trigger()
    for name in ("paused_by", "paused_reason"):
        op.add_column("key", sa.Column(name, sa.String(), nullable=True))
    op.create_table(
        "long_act",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_id", WHOLE, nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("ids", sa.String(), nullable=False),
        sa.Column("done", WHOLE, nullable=False),
        sa.Column("changed", WHOLE, nullable=False),
        sa.Column("untold", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_long_act"),
    )


def _make_trigger():
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER key_inserted AFTER INSERT ON key BEGIN {FIRST_ROW} END")
        return
    op.execute(
        "CREATE FUNCTION key_inserted() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {FIRST_ROW} RETURN NULL; END $$"
    )
    op.execute("CREATE TRIGGER key_inserted AFTER INSERT ON key FOR EACH ROW EXECUTE FUNCTION key_inserted()")


def _order_by_bytes(collation):
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in ORDERED.items():
            for column in columns:
                op.execute(f'ALTER TABLE "{table}" ALTER COLUMN {column} TYPE varchar COLLATE "{collation}"')


def downgrade():
    op.drop_table("long_act")
    for name in ("paused_by", "paused_reason"):
        op.drop_column("key", name)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER key_inserted")
    else:
        op.execute("DROP TRIGGER key_inserted ON key")
        op.execute("DROP FUNCTION key_inserted()")
    for name in ("ix_key_name_folded_id", "ix_key_end", "ix_key_span", *PARTIAL):
        op.drop_index(name, "key")
    op.create_index("ix_key_expires_at_id", "key", ["expires_at", "id"])
    op.drop_index("ix_key_last_used_used_at_key_id", "key_last_used")
    op.drop_index("ix_key_last_used_address_key_id", "key_last_used")
    op.execute("DELETE FROM key_last_used WHERE NOT used")
    op.drop_column("key_last_used", "used")
    op.create_index("ix_key_last_used_at_key_id", "key_last_used", ["at", "key_id"])
    _order_by_bytes("default")
