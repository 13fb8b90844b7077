"""The first rows: all tables, also those that a later feature fills, and the triggers of the change log.

The triggers belong to the tables: a later migration that rebuilds one of them (SQLite batch mode) makes them again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
OPEN = sa.text("ends_at IS NULL")

VERDICT_COLUMNS = {
    "key": "public_id, owner_id, name, kind, not_before, expires_at, paused_at, revoked_at, policy, sign_in_id",
    "key_secret": "digest, key_id, ends_at",
    "person": "email, disabled_at",
    "sign_in": "ends_at, ended_at",
}
DIGESTS = {
    "key": "SELECT digest FROM key_secret WHERE key_id = OLD.id",
    "key_secret": "SELECT OLD.digest",
    "person": "SELECT s.digest FROM key_secret s JOIN key k ON k.id = s.key_id WHERE k.owner_id = OLD.id",
    "sign_in": "SELECT s.digest FROM key_secret s JOIN key k ON k.id = s.key_id WHERE k.sign_in_id = OLD.id",
}


def upgrade():
    op.create_table(
        "access",
        sa.Column("minute", WHOLE, autoincrement=False, nullable=False),
        sa.Column("fold", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", WHOLE, nullable=True),
        sa.Column("owner_id", WHOLE, nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("method", sa.String(), nullable=True),
        sa.Column("resource", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("calls", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("minute", "fold", name="pk_access"),
    )
    op.create_index("ix_access_key_id_minute", "access", ["key_id", "minute"])
    op.create_index("ix_access_owner_id_minute", "access", ["owner_id", "minute"])

    op.create_table(
        "audit",
        sa.Column("seq", WHOLE, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_id", WHOLE, nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("prev", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_actor_id_seq", "audit", ["actor_id", "seq"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_event_seq", "audit", ["event", "seq"])
    op.create_index("ix_audit_subject_seq", "audit", ["subject", "seq"])

    op.create_table(
        "audit_head",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )

    op.create_table(
        "invitation",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
    )

    op.create_table(
        "key_change",
        sa.Column("seq", WHOLE, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_key_change"),
        sqlite_autoincrement=True,
    )

    op.create_table(
        "outbox",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("tries", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )

    op.create_table(
        "pepper",
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_pepper"),
    )

    op.create_table(
        "person",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("email_folded", sa.String(), nullable=False),
        sa.Column("password_hash", sa.LargeBinary(), nullable=True),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("email_folded", name="uq_person_email_folded"),
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

    op.create_table(
        "sign_in_try",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_try"),
    )
    op.create_index("ix_sign_in_try_at", "sign_in_try", ["at"])
    op.create_index("ix_sign_in_try_bucket_at", "sign_in_try", ["bucket", "at"])

    op.create_table(
        "site",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_site"),
    )

    op.create_table(
        "usage_hour",
        sa.Column("key_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("hour", WHOLE, autoincrement=False, nullable=False),
        sa.Column("calls", WHOLE, nullable=False),
        sa.Column("refused", WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("key_id", "hour", name="pk_usage_hour"),
    )

    op.create_table(
        "banner",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("person_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("dismissed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_banner_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_banner"),
    )
    op.create_index("ix_banner_person_id_dismissed_at", "banner", ["person_id", "dismissed_at"])

    op.create_table(
        "sign_in",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("person_id", WHOLE, nullable=False),
        sa.Column("sid_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_sign_in_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in"),
        sa.UniqueConstraint("sid_hash", name="uq_sign_in_sid_hash"),
    )
    op.create_index("ix_sign_in_ends_at", "sign_in", ["ends_at"])
    op.create_index("ix_sign_in_person_id_ends_at", "sign_in", ["person_id", "ends_at"])

    op.create_table(
        "key",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("owner_id", WHOLE, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_folded", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("revoked_reason", sa.String(), nullable=True),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("sign_in_id", WHOLE, nullable=True),
        sa.Column("form_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name="fk_key_owner_id"),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_in.id"], name="fk_key_sign_in_id"),
        sa.PrimaryKeyConstraint("id", name="pk_key"),
        sa.UniqueConstraint("form_id", name="uq_key_form_id"),
        sa.UniqueConstraint("public_id", name="uq_key_public_id"),
    )
    op.create_index("ix_key_created_at_id", "key", ["created_at", "id"])
    op.create_index("ix_key_expires_at_id", "key", ["expires_at", "id"])
    op.create_index("ix_key_kind_created_at_id", "key", ["kind", "created_at", "id"])
    op.create_index("ix_key_owner_id_created_at_id", "key", ["owner_id", "created_at", "id"])
    op.create_index("ix_key_owner_id_name_folded", "key", ["owner_id", "name_folded"])

    op.create_table(
        "key_last_used",
        sa.Column("key_id", WHOLE, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["key.id"], name="fk_key_last_used_key_id"),
        sa.PrimaryKeyConstraint("key_id", name="pk_key_last_used"),
    )
    op.create_index("ix_key_last_used_at_key_id", "key_last_used", ["at", "key_id"])

    op.create_table(
        "key_rule",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("key_id", WHOLE, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["key.id"], name="fk_key_rule_key_id"),
        sa.PrimaryKeyConstraint("id", name="pk_key_rule"),
    )
    op.create_index("ix_key_rule_key_id", "key_rule", ["key_id"])
    op.create_index("ix_key_rule_kind_value_key_id", "key_rule", ["kind", "value", "key_id"])

    op.create_table(
        "key_secret",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", WHOLE, nullable=False),
        sa.Column("pepper", WHOLE, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.CheckConstraint("length(digest) = 32", name="ck_key_secret_digest_is_sha256"),
        sa.ForeignKeyConstraint(["key_id"], ["key.id"], name="fk_key_secret_key_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_key_secret"),
    )
    op.create_index("ix_key_secret_key_id", "key_secret", ["key_id"])
    op.create_index(
        "uq_key_secret_open", "key_secret", ["key_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )

    op.create_table(
        "quota",
        sa.Column("key_id", WHOLE, nullable=False),
        sa.Column("window", sa.String(), nullable=False),
        sa.Column("used", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["key.id"], name="fk_quota_key_id"),
        sa.PrimaryKeyConstraint("key_id", "window", name="pk_quota"),
    )

    _log_changes()


def _log_changes():
    """Log each change that can turn a verdict; a row without a digest stands for all keys."""
    if op.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL gets its own triggers with its own store
    for table, columns in VERDICT_COLUMNS.items():
        log = f"BEGIN INSERT INTO key_change (digest) {DIGESTS[table]}; END"
        op.execute(f'CREATE TRIGGER {table}_updated AFTER UPDATE OF {columns} ON "{table}" {log}')
        op.execute(f'CREATE TRIGGER {table}_deleted AFTER DELETE ON "{table}" {log}')
    for act in ("INSERT", "UPDATE", "DELETE"):
        log = "BEGIN INSERT INTO key_change (digest) VALUES (NULL); END"
        op.execute(f"CREATE TRIGGER site_{act.lower()} AFTER {act} ON site {log}")


def downgrade():
    for table in TABLES:
        op.drop_table(table)


TABLES = (
    "quota",
    "key_secret",
    "key_rule",
    "key_last_used",
    "key",
    "sign_in",
    "banner",
    "usage_hour",
    "site",
    "sign_in_try",
    "refusal",
    "person",
    "pepper",
    "outbox",
    "key_change",
    "invitation",
    "audit_head",
    "audit",
    "access",
)
