"""Usage: hours and days of each key and of the whole site, last refusals, places, and what takes long to count.

The hours are filled from the access records. The table of refusals was empty until now and is made anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
REFUSED = sa.text("refused > 0")
SUMS = "sum(CASE WHEN reason IS NULL THEN calls ELSE 0 END), sum(CASE WHEN reason IS NULL THEN 0 ELSE calls END)"


def upgrade():
    op.drop_table("usage_hour")
    op.drop_table("refusal")
    _make_sums("usage_hour", "hour")
    _make_sums("usage_day", "day")
    op.create_index(
        "ix_usage_hour_refused", "usage_hour", ["hour", "key_id", "refused"],
        sqlite_where=REFUSED, postgresql_where=REFUSED,
    )
    op.create_table(
        "refusal",
        sa.Column("key_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("fold", sa.LargeBinary(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("method", sa.String(), nullable=True),
        sa.Column("resource", sa.String(), nullable=True),
        sa.Column("calls", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("key_id", "fold", name="pk_refusal"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_refusal_at", "refusal", ["at"])
    _make_places("key_network", "network")
    _make_places("key_address", "address")
    op.create_table(
        "census",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_census"),
    )
    op.execute(
        f"INSERT INTO usage_hour (key_id, hour, calls, refused) SELECT key_id, minute / 60, {SUMS} "
        "FROM access WHERE key_id IS NOT NULL GROUP BY key_id, minute / 60"
    )
    op.execute(
        f"INSERT INTO usage_hour (key_id, hour, calls, refused) SELECT 0, minute / 60, {SUMS} "
        "FROM access GROUP BY minute / 60"
    )


def _make_sums(table, span):
    op.create_table(
        table,
        sa.Column("key_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column(span, WHOLE, autoincrement=False, nullable=False),
        sa.Column("calls", WHOLE, nullable=False),
        sa.Column("refused", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("key_id", span, name=f"pk_{table}"),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{table}_{span}", table, [span])


def _make_places(table, place):
    op.create_table(
        table,
        sa.Column("key_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column(place, sa.String(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key_id", place, name=f"pk_{table}"),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_{table}_last_at", table, ["last_at"])


def downgrade():
    for table in ("census", "key_address", "key_network", "refusal", "usage_day", "usage_hour"):
        op.drop_table(table)
    op.create_table(
        "usage_hour",
        sa.Column("key_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("hour", WHOLE, autoincrement=False, nullable=False),
        sa.Column("calls", WHOLE, nullable=False),
        sa.Column("refused", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("key_id", "hour", name="pk_usage_hour"),
    )
    op.create_table(
        "refusal",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("key_id", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refusal"),
    )
    op.create_index("ix_refusal_key_id_at", "refusal", ["key_id", "at"])
