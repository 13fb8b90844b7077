"""Why does it fail? The facts of a request, and what each rule of a key says to them."""

from typing import Any

from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form, RadioField, StringField
from wtforms.validators import ValidationError

from portal.admin import bp
from portal.client_ip import canonical_address
from portal.keys import finder
from portal.keys.models import Key
from portal.policy.data_access import Level
from portal.policy.facts import TEXT_LIMIT, Access, Facts
from portal.policy.policy import Policy
from portal.verification.explanation import Explanation, explain
from portal.web.htmx import fragment_or_page
from portal.web.pasted import seen
from portal.web.permissions import ADMIN, may_call
from portal.web.unit_of_work import reading

WHY, PAGE = "admin/key/_why.html", "admin/key/why.html"
RULES: dict[str, Any] = {
    "revoked": _l("Not revoked"), "paused": _l("Not paused"), "owner": _l("Its owner is not disabled"),
    "sign-in": _l("Its sign-in is open"), "not-before": _l("It has begun"), "expires": _l("It has not ended"),
    "networks": _l("Networks"), "origin": _l("Caller origin"), "resources": _l("Resources"), "data": _l("Data access"),
    "quota-day": _l("Quota of the day"), "quota-month": _l("Quota of the month"),
}  # fmt: skip

_ACCESSES: dict[str, Any] = {"": _l("None stated"), Access.READ: _l("Read"), Access.WRITE: _l("Change")}


class WhyForm(Form):
    """What is known of a request. What is left empty is not known, as it is to the judge."""

    address = StringField(_l("From the address"), filters=[lambda text: seen(text or "")])
    origin = StringField(_l("Origin, when a web page calls"), filters=[lambda text: seen(text or "")])
    resource = StringField(_l("Resource"), filters=[lambda text: seen(text or "")])
    access = RadioField(_l("Data"), choices=["", *Access], default="", validate_choice=False)  # type: ignore[list-item]  # texts are choices

    def validate_address(self, field: StringField) -> None:
        """Refuse what is no address."""
        if field.data and canonical_address(field.data) is None:
            raise ValidationError(_("%(text)s is not an address: write one as 192.0.2.7.", text=field.data))

    def validate_resource(self, field: StringField) -> None:
        """Refuse what the judge would not read either."""
        if len(field.data or "") > TEXT_LIMIT:
            raise ValidationError(_("Write at most %(n)d characters.", n=TEXT_LIMIT))

    validate_origin = validate_resource

    def validate_access(self, field: RadioField) -> None:
        """Refuse what the page does not offer."""
        if field.data not in _ACCESSES:
            raise ValidationError(_("Choose one of these."))

    def facts(self) -> Facts:
        """Return what a valid form states."""
        return Facts(
            address=canonical_address(self.address.data or ""), origin=self.origin.data or None,
            resource=self.resource.data or None, access=Access(self.access.data) if self.access.data else None,
            any_key=not self.resource.data and not self.access.data,
        )  # fmt: skip


@bp.get("/keys/<public_id>/why")
@may_call(ADMIN)
def why(public_id: str) -> ResponseReturnValue:
    """Say what would become of a request with these facts, rule by rule; nothing is counted and nothing recorded."""
    key = finder.by_public_id(reading(), public_id) or abort(404)
    form = WhyForm(request.args)
    if not form.validate():
        return _answer(key, form, None, status=422)
    return _answer(key, form, explain(reading(), key, form.facts()))


def _answer(key: Key, form: WhyForm, explanation: Explanation | None, status: int = 200) -> Response:
    unstated = _unstated(key, form.facts()) if explanation else set()
    steps = [step for step in explanation.steps if step.rule not in unstated] if explanation else []
    reason = next((step.reason for step in steps if step.reason is not None), None)
    return fragment_or_page(
        WHY, PAGE, key=key, why=form, explanation=explanation, unstated=unstated, reason=reason, asked=True,
        status=status,
    )  # fmt: skip


def _unstated(key: Key, facts: Facts) -> set[str]:
    """Return the rules that depend on what nobody has stated: to the judge it is not known, to the admin neither."""
    policy = Policy.readable(key.policy)
    if policy is None:
        return set()
    depends = {
        "networks": facts.address is None and bool(policy.networks.cidrs),
        "resources": facts.resource is None and not policy.resources.narrows_nothing,
        "data": facts.access is None and policy.data.level is not Level.WRITE,
    }
    return {rule for rule, is_open in depends.items() if is_open}


@bp.context_processor
def rule_words() -> dict[str, Any]:
    """Give the templates the words of each rule."""
    return {"rules": RULES, "accesses": _ACCESSES}
