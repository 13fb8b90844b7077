"""Connected apps and their one-time codes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()


def upgrade():
    op.create_table(
        "connected_app",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("launch_url", sa.String(), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("lifetime_minutes", WHOLE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.CheckConstraint("length(secret_digest) = 32", name="ck_connected_app_digest_is_sha256"),
        sa.PrimaryKeyConstraint("id", name="pk_connected_app"),
        sa.UniqueConstraint("public_id", name="uq_connected_app_public_id"),
    )
    op.create_table(
        "app_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("app_id", WHOLE, nullable=False),
        sa.Column("person_id", WHOLE, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("key_id", WHOLE, nullable=True),
        sa.CheckConstraint("length(digest) = 32", name="ck_app_code_digest_is_sha256"),
        sa.ForeignKeyConstraint(["app_id"], ["connected_app.id"], name="fk_app_code_app_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_app_code_person_id"),
        sa.ForeignKeyConstraint(["key_id"], ["key.id"], name="fk_app_code_key_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_app_code"),
    )
    op.create_index("ix_app_code_person_id_app_id", "app_code", ["person_id", "app_id"])
    op.create_index("ix_app_code_key_id", "app_code", ["key_id"])
    op.create_index("ix_app_code_ends_at", "app_code", ["ends_at"])


def downgrade():
    op.drop_table("app_code")
    op.drop_table("connected_app")
