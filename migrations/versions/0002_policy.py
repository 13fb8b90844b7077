"""What a key may do: keys without a secret, hidden keys, and the last use of each secret of a rotated key.

Keys that were made before had no rules; they get those of a new key, and access to no data.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
FIRST_RULES = '{"resources":["algo://*","collection://*","query://*","environment://*"]}'


def upgrade():
    op.add_column("key", sa.Column("hidden_at", MOMENT, nullable=True))
    op.add_column("key", sa.Column("secret_made_at", MOMENT, nullable=True))
    op.execute("UPDATE key SET secret_made_at = created_at")
    op.execute(f"UPDATE key SET policy = '{FIRST_RULES}' WHERE policy = '{{}}'")
    op.create_table(
        "secret_last_used",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("calls", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["key.id"], name="fk_secret_last_used_key_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_secret_last_used"),
    )
    op.create_index("ix_secret_last_used_key_id", "secret_last_used", ["key_id"])
    op.create_index("ix_key_sign_in_id", "key", ["sign_in_id"])


def downgrade():
    op.drop_index("ix_key_sign_in_id", "key")
    op.drop_table("secret_last_used")
    op.drop_column("key", "secret_made_at")
    op.drop_column("key", "hidden_at")
