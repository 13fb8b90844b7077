"""Makes the peer's database with that many keys: python peer_fill.py COUNT TOKENS. The last key is revoked."""

import secrets
import sys
from datetime import timedelta
from pathlib import Path

import peer_site
from django.core.management import call_command
from django.utils import timezone

SLICE = 10_000


def drf(count: int) -> list[str]:
    """Make keys of djangorestframework-api-key, as its own manager makes one."""
    from rest_framework_api_key.models import APIKey  # noqa: PLC0415  # only where it is installed

    tokens, rows = [], []
    for number in range(count):
        token, prefix, hashed = APIKey.objects.key_generator.generate()
        is_last = number == count - 1
        rows.append(
            APIKey(id=f"{prefix}.{hashed}", prefix=prefix, hashed_key=hashed, name=f"key {number}", revoked=is_last)
        )
        tokens.append(token)
    APIKey.objects.bulk_create(rows, batch_size=SLICE)
    return tokens


def knox(count: int) -> list[str]:
    """Make tokens of django-rest-knox, as its own manager makes one; each user has one. It deletes revoked ones."""
    from django.contrib.auth.models import User  # noqa: PLC0415
    from knox.crypto import hash_token  # noqa: PLC0415
    from knox.models import AuthToken  # noqa: PLC0415
    from knox.settings import CONSTANTS  # noqa: PLC0415

    User.objects.bulk_create((User(username=f"user-{number}") for number in range(count)), batch_size=SLICE)
    tokens = [secrets.token_hex(32) for _ in range(count)]
    end = timezone.now() + timedelta(days=90)
    rows = [
        AuthToken(digest=hash_token(token), token_key=token[: CONSTANTS.TOKEN_KEY_LENGTH], user=user, expiry=end)
        for token, user in zip(tokens, User.objects.order_by("id"), strict=True)
    ]
    AuthToken.objects.bulk_create(rows[:-1], batch_size=SLICE)
    return tokens


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    Path(sys.argv[2]).write_text("\n".join({"drf": drf, "knox": knox}[peer_site.PEER](int(sys.argv[1]) + 1)))
