"""Which secret was sent in an address, when and from where."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade():
    op.create_table(
        "secret_leak",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", WHOLE, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("calls", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["key.id"], name="fk_secret_leak_key_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_secret_leak"),
    )
    op.create_index("ix_secret_leak_key_id", "secret_leak", ["key_id"])


def downgrade():
    op.drop_table("secret_leak")
