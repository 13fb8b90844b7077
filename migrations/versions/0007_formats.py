"""Formats of config files that an admin adds."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIVING = sa.text("removed_at IS NULL")


def upgrade():
    op.create_table(
        "added_format",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("quoting", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_added_format"),
    )
    op.create_index(
        "uq_added_format_living", "added_format", ["slug"], unique=True, sqlite_where=LIVING, postgresql_where=LIVING
    )


def downgrade():
    op.drop_table("added_format")
