"""Keys are invented: who owns them, what they may do, what became of them."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from portal.accounts.models import SignIn
from portal.audit.events import Event
from portal.devdata.acts import told
from portal.devdata.joining import add_sign_ins, sign_in_row
from portal.devdata.key_rows import Batch, Made, Rules
from portal.devdata.lives import Life, live
from portal.devdata.names import key_name
from portal.devdata.people import DAY_MS, Invented
from portal.devdata.policies import WIDE
from portal.devdata.pour import reserve
from portal.devdata.scene import Scene
from portal.devdata.uses import use
from portal.keys import journal
from portal.keys.default_key import DEFAULT_NAME
from portal.keys.models import Key
from portal.keys.token import ALPHABET, KIND_LETTERS, PUBLIC_LENGTH, mint_for


def make(session: Session, scene: Scene, batch: Batch, moments: Sequence[int]) -> None:
    """Invent a key for each moment, in milliseconds since 1970, and put it into `batch`."""
    lives = [live(scene.dice, moment, scene.now) for moment in moments]
    owners = [scene.crowd.owner(scene.dice, moment) for moment in moments]
    in_sign_ins = [pair for pair in zip(lives, owners, strict=True) if pair[0].kind == "session"]
    sign_ins = _sign_ins(session, scene, in_sign_ins)
    for key_id, life, owner in zip(reserve(session, Key, len(lives)), lives, owners, strict=True):
        made = _made(scene, key_id, life, owner, next(sign_ins) if life.kind == "session" else None)
        batch.keys.append(made)
        _tell_of(scene, made)
        _add_secrets(scene, batch, made)
        if life.revoked is not None:
            journal.note(session, made.public_id)


def _sign_ins(session: Session, scene: Scene, keys: list[tuple[Life, Invented]]) -> Iterator[int]:
    """Make the sign-ins that session keys live in, and yield their ids."""
    ids = reserve(session, SignIn, len(keys))
    rows = [
        sign_in_row(
            scene.dice, sign_in_id, owner, began=life.created, ends=life.expires or life.created, ended=life.revoked
        )
        for sign_in_id, (life, owner) in zip(ids, keys, strict=True)
    ]
    add_sign_ins(session, rows)
    return iter(ids)


def _made(scene: Scene, key_id: int, life: Life, owner: Invented, sign_in_id: int | None) -> Made:
    dice = scene.dice
    public_id = f"{scene.wish.prefix}{KIND_LETTERS[life.kind]}_{''.join(dice.choices(ALPHABET, k=PUBLIC_LENGTH))}"
    rules = _rules(scene)
    name = DEFAULT_NAME if life.secret_made is None and not owner.has_default else key_name(key_id)
    owner.has_default = owner.has_default or name == DEFAULT_NAME
    uses = use(dice, key_id, owner, life, resource=rules.resource, now=scene.now)
    admin = dice.choice(scene.crowd.admins or [owner])
    return Made(key_id, public_id, name, owner, admin, life, rules, uses, sign_in_id)


def _rules(scene: Scene) -> Rules:
    if scene.dice.falls(0.55):
        return scene.rules[int(scene.dice.falls(0.1))]
    return scene.dice.choice(scene.rules)


def _tell_of(scene: Scene, made: Made) -> None:
    life, owner, address = made.life, made.owner, made.owner.address(scene.dice)
    body: dict[str, object] = {"name": made.name, "owner": owner.email}
    if life.secret_made is not None:
        ends = life.expires and told(life.expires)
        body |= {"kind": life.kind, "expires": ends, "rules": made.rules.plain}
    event = Event.KEY_RESERVED if life.secret_made is None else Event.KEY_ISSUED
    scene.acts.add(life.created, event, owner, address, made.public_id, **body)
    scene.acts.add_life(life, owner, made.admin, address=address, key=made.public_id, name=made.name)


def _add_secrets(scene: Scene, batch: Batch, made: Made) -> None:
    life = made.life
    scene.keys += 1
    if life.secret_made is None:
        return
    token = str(mint_for(made.public_id))
    number, digest = scene.wish.peppers.digests(token)[0]
    batch.secrets.append((digest, made.id, number, life.secret_made, None))
    if life.old_secret_ends is not None:
        number, digest = scene.wish.peppers.digests(str(mint_for(made.public_id)))[0]
        batch.secrets.append((digest, made.id, number, life.created, life.old_secret_ends))
    if len(scene.tokens) * scene.wish.keys < scene.wish.tokens * scene.keys and _lets_pass(scene, made):
        scene.tokens.append(token)


def _lets_pass(scene: Scene, made: Made) -> bool:
    """Return whether a request passes that carries this key's token and states nothing."""
    life = made.life
    is_living = (life.kind, life.not_before, life.paused, life.revoked) == ("standard", None, None, None)
    ends_late = life.expires is not None and life.expires > scene.now + 8 * DAY_MS
    return is_living and ends_late and made.owner.disabled is None and made.rules in scene.rules[:WIDE]
