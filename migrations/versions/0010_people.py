"""People as an admin lists them: when each was last seen, and indexes for those who are admins and those disabled.

And who made an invitation: nobody is made an admin by someone who is none any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DISABLED = sa.text("disabled_at IS NOT NULL")


def upgrade():
    op.add_column("person", sa.Column("last_seen_at", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE person SET last_seen_at = (SELECT max(last_seen_at) FROM sign_in WHERE sign_in.person_id = person.id)"
    )
    op.create_index("ix_person_is_admin_email_folded", "person", ["is_admin", "email_folded"])
    op.create_index("ix_person_disabled", "person", ["email_folded"], sqlite_where=DISABLED, postgresql_where=DISABLED)
    op.create_index("ix_invitation_ends_at_id", "invitation", ["ends_at", "id"])
    op.add_column("invitation", sa.Column("made_by", WHOLE, nullable=True))


def downgrade():
    op.drop_column("invitation", "made_by")
    op.drop_index("ix_invitation_ends_at_id", "invitation")
    op.drop_index("ix_person_disabled", "person")
    op.drop_index("ix_person_is_admin_email_folded", "person")
    op.drop_column("person", "last_seen_at")
