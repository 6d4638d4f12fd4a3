"""Every method and every device: passkeys, text messages, known and trusted devices, brands."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _add_columns()
    _add_devices()
    _add_texts()
    op.create_table(
        "brands",
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("color", sa.Text(), nullable=True),
        sa.Column("sender_name", sa.Text(), nullable=True),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("logo_type", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_brands_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_brands")),
    )


def _add_columns() -> None:
    no, yes = sa.false(), sa.true()
    op.add_column("accounts", sa.Column("passkey_offer_from", sa.BigInteger(), nullable=True))
    op.add_column("organizations", sa.Column("allows_trusted_devices", sa.Boolean(), nullable=False, server_default=yes))
    op.add_column("organizations", sa.Column("is_passkey_enough", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("credentials", sa.Column("is_method", sa.Boolean(), nullable=False, server_default=yes))
    op.add_column("credentials", sa.Column("external_id", sa.Text(), nullable=True))
    op.add_column("credentials", sa.Column("relying_party", sa.Text(), nullable=True))
    op.create_index(op.f("ix_credentials_external_id"), "credentials", ["external_id"], unique=True)
    op.add_column("links", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.add_column("attempts", sa.Column("first_factor", sa.Text(), nullable=False, server_default="password"))
    op.add_column("attempts", sa.Column("device", sa.Text(), nullable=True))
    op.add_column("attempts", sa.Column("trusted_device", sa.Text(), nullable=True))
    op.add_column("attempts", sa.Column("wants_trust", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("attempts", sa.Column("can_hold_passkey", sa.Boolean(), nullable=False, server_default=no))


def _add_devices() -> None:
    op.create_table(
        "known_devices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("sign_ins", sa.Integer(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_known_devices_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_devices")),
    )
    op.create_index(op.f("ix_known_devices_account_id_device"), "known_devices", ["account_id", "device"], unique=True)
    op.create_index(op.f("ix_known_devices_last_seen_at"), "known_devices", ["last_seen_at"], unique=False)
    op.create_table(
        "trusted_devices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_trusted_devices_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_devices")),
    )
    op.create_index(op.f("ix_trusted_devices_token_account_id"), "trusted_devices", ["token", "account_id"], unique=True)
    op.create_index(op.f("ix_trusted_devices_account_id"), "trusted_devices", ["account_id"], unique=False)
    op.create_index(op.f("ix_trusted_devices_expires_at"), "trusted_devices", ["expires_at"], unique=False)


def _add_texts() -> None:
    op.create_table(
        "texts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tried", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_texts_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_texts")),
    )
    op.create_index(op.f("ix_texts_created_at"), "texts", ["created_at"], unique=False)
    op.create_index(op.f("ix_texts_account_id_created_at"), "texts", ["account_id", "created_at"], unique=False)
    op.create_index(op.f("ix_texts_prefix_created_at"), "texts", ["prefix", "created_at"], unique=False)
    op.create_index(
        op.f("ix_texts_expires_at"),
        "texts",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("sealed IS NOT NULL"),
        postgresql_where=sa.text("sealed IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_texts_country_created_at_entered_at"), "texts", ["country", "created_at", "entered_at"], unique=False
    )
    op.create_index(op.f("ix_texts_network_created_at"), "texts", ["network", "created_at"], unique=False)
    op.create_index(op.f("ix_texts_provider_id"), "texts", ["provider_id"], unique=False)
    op.create_table(
        "text_stops",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_text_stops")),
    )
    op.create_index(op.f("ix_text_stops_until"), "text_stops", ["until"], unique=False)


def downgrade() -> None:
    op.drop_table("brands")
    op.drop_table("text_stops")
    op.drop_table("texts")
    op.drop_table("trusted_devices")
    op.drop_table("known_devices")
    op.drop_index(op.f("ix_credentials_external_id"), table_name="credentials")
    for table, column in (
        ("attempts", "can_hold_passkey"),
        ("attempts", "wants_trust"),
        ("attempts", "trusted_device"),
        ("attempts", "device"),
        ("attempts", "first_factor"),
        ("links", "sealed"),
        ("credentials", "relying_party"),
        ("credentials", "external_id"),
        ("credentials", "is_method"),
        ("organizations", "is_passkey_enough"),
        ("organizations", "allows_trusted_devices"),
        ("accounts", "passkey_offer_from"),
    ):
        op.drop_column(table, column)
