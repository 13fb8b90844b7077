"""What a key may do and for how long, as a form: what the new key and the change of a key have in common."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, StringField
from wtforms.validators import InputRequired, Optional, ValidationError

from portal import clock
from portal.errors import Refused
from portal.keys import rules
from portal.policy.policy import Policy
from portal.profile.rule_fields import (
    DataAccessField,
    NetworksField,
    OriginField,
    QuotaField,
    RateField,
    ResourcesField,
    RuleField,
)
from portal.site.settings import SiteSettings, end_of_day
from portal.web.sentence import Draft
from portal.web.sentences import explain

ANOTHER_DAY, NEVER = "day", "never"

# What a job refuses is said at the field that it is about.
_FIELDS = {
    "expiry-needed": "expiry", "expiry-too-late": "expiry", "expiry-past": "expiry", "never-valid": "not_before",
    "rate-too-high": "rate", "quota-too-high": "quota",
}  # fmt: skip


class RulesForm(FlaskForm):  # type: ignore[misc]
    """Name, rules and dates of a key."""

    name = StringField(_l("Name"))
    expiry = RadioField(_l("Expires"), validators=[InputRequired(_l("Choose when it expires."))])
    day = DateField(_l("Last day"), validators=[Optional()])
    resources = ResourcesField(_l("Resources"))
    origin = OriginField(_l("Caller origin"))
    access = DataAccessField(_l("Data access"))
    networks = NetworksField(_l("Networks"))
    rate = RateField(_l("Rate limit"))
    quota = QuotaField(_l("Quota"))
    not_before = DateField(_l("First day"), validators=[Optional()])

    def __init__(self, site: SiteSettings, created_at: datetime, shown: Mapping[str, Any]) -> None:
        """Show `shown` unless the form was sent. The ceiling counts from `created_at`, when the key was or is made."""
        self.site = site
        self.created_at = created_at
        self.now = clock.now()
        super().__init__(data=shown)
        self.expiry.choices = self.expiries()  # type: ignore[assignment]  # texts are right, the stubs are older
        if self.expiry.data == ANOTHER_DAY:
            self.day.validators = [InputRequired(_("Choose the last day of the key."))]

    def expiries(self) -> list[str]:
        """Return the values that `expiry` can have."""
        raise NotImplementedError

    def expires_at(self) -> datetime | None:
        """Return the moment at which the key will end, None for never."""
        raise NotImplementedError

    @property
    def first_day(self) -> date:
        """The first day on which a key may end: today, UTC."""
        return self.now.date()

    @property
    def last_day(self) -> date:
        """The last day on which the key may end."""
        return self.site.longest(self.created_at).date()

    @property
    def rule_fields(self) -> list[RuleField]:
        """The fields of the rules, in the order in which they are shown."""
        return [field for field in self if isinstance(field, RuleField)]

    def validate_day(self, field: DateField) -> None:
        """Hold a chosen day to the ceiling."""
        if self.expiry.data == ANOTHER_DAY and field.data and not self.first_day <= field.data <= self.last_day:
            sentence = _("Choose a day from %(first)s to %(last)s.")
            days = {"first": format_date(self.first_day, "d MMM y"), "last": format_date(self.last_day, "d MMM y")}
            raise ValidationError(sentence % days)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field, and then what only holds of all together."""
        if not super().validate(extra_validators):
            return False
        refusal = self.beyond()
        if refusal is not None:
            self.refuse(refusal)
        return refusal is None

    def beyond(self) -> Refused | None:
        """Return in what the key would go beyond what the site allows."""
        draft = self.draft()

        return rules.beyond_ceiling(draft.policy, self.created_at, draft.not_before, draft.expires_at, self.site)

    def refuse(self, refusal: Refused) -> None:
        """Say at its field what was refused."""
        if refusal.reason == "changed":
            sentence = _(
                "This key was changed elsewhere meanwhile. Save again to put this in the place of that change."
            )
            self.form_errors.append(sentence)
            return
        field = self[_FIELDS.get(refusal.reason, "name")]
        field.errors = [*field.errors, explain(refusal)]

    def draft(self) -> Draft:
        """Return what a valid form asks for."""
        policy = Policy(
            networks=self.networks.data, origin=self.origin.data, resources=self.resources.data,
            data=self.access.data, rate=self.rate.data, quota=self.quota.data,
        )  # fmt: skip
        return Draft(self.name.data or "", policy, self._begins(), self.expires_at())

    def _begins(self) -> datetime | None:
        first = self.not_before.data
        return datetime.combine(first, time(), UTC) if first is not None and first > self.now.date() else None

    def _chosen_day(self) -> datetime:
        return end_of_day(datetime.combine(self.day.data or self.now.date(), time(), UTC))


def shown_rules(policy: Policy) -> dict[str, Any]:
    """Return a policy as the data of the form's fields."""
    return {
        "resources": policy.resources, "origin": policy.origin, "access": policy.data, "networks": policy.networks,
        "rate": policy.rate, "quota": policy.quota,
    }  # fmt: skip
