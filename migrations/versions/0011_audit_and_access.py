"""What the audit page and the access log are filtered by.

On PostgreSQL the columns that are searched by their beginning compare byte by byte, as SQLite and Python do.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

REFUSED = sa.text("reason IS NOT NULL")
REFUSAL = sa.text("(reason IS NOT NULL)")
ORDERED = (("audit", "address"), ("access", "address"), ("access", "resource"))


def upgrade():
    _order_by_bytes("C")
    op.create_index("ix_audit_actor_seq", "audit", ["actor", "seq"])
    op.create_index("ix_audit_address_seq", "audit", ["address", "seq"])
    op.create_index("ix_access_address_minute", "access", ["address", "minute"])
    op.create_index("ix_access_resource_minute", "access", ["resource", "minute"])
    for name, columns in (("ix_access_reason_minute", ["reason", "minute"]), ("ix_access_refused", [REFUSAL, "minute"])):
        op.create_index(name, "access", columns, sqlite_where=REFUSED, postgresql_where=REFUSED)


def _order_by_bytes(collation):
    if op.get_bind().dialect.name == "postgresql":
        for table, column in ORDERED:
            op.execute(f'ALTER TABLE "{table}" ALTER COLUMN {column} TYPE varchar COLLATE "{collation}"')


def downgrade():
    for name in ("address_minute", "resource_minute", "reason_minute", "refused"):
        op.drop_index(f"ix_access_{name}", "access")
    op.drop_index("ix_audit_address_seq", "audit")
    op.drop_index("ix_audit_actor_seq", "audit")
    _order_by_bytes("default")
