"""Rotation: which form made a secret, and which secrets have ended; a sign-in ends when it is idle.

`sign_in.ends_at` counts being idle from now on, so that a session key ends with it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None

ENDED = sa.text("ends_at IS NOT NULL")
IDLE_MS = 86_400_000


def upgrade():
    op.add_column("key_secret", sa.Column("form_id", sa.String(), nullable=True))
    op.create_index("uq_key_secret_form_id", "key_secret", ["form_id"], unique=True)
    op.create_index("ix_key_secret_ends_at", "key_secret", ["ends_at"], sqlite_where=ENDED, postgresql_where=ENDED)
    op.execute(
        f"UPDATE sign_in SET ends_at = last_seen_at + {IDLE_MS} WHERE ends_at > last_seen_at + {IDLE_MS}"
    )


def downgrade():
    op.drop_index("ix_key_secret_ends_at", "key_secret")
    op.drop_index("uq_key_secret_form_id", "key_secret")
    op.drop_column("key_secret", "form_id")
