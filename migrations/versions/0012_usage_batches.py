"""Which batches of usage records were stored last, so that a storer that was killed stores none twice."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "usage_batch",
        sa.Column("spool", sa.String(), nullable=False),
        sa.Column("names", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("spool", name="pk_usage_batch"),
    )


def downgrade():
    op.drop_table("usage_batch")
