"""What the key of a form would be able to do: its sentence, or what stands in the way of one."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from portal.profile.rules_form import RulesForm
from portal.web.sentence import sentence


@dataclass(frozen=True, slots=True)
class Preview:
    """The tag's name and end, and the sentence; while the form has errors there is no sentence, but they are."""

    name: str
    expires_at: datetime | None = None
    sentence: Markup | None = None
    errors: tuple[str, ...] = ()


def preview_of(form: RulesForm) -> Preview:
    """Return the preview of a form that was validated, or is shown for the first time."""
    name = form.name.data or ""
    errors = [error for field in form if field is not form.name for error in field.errors]
    errors += [error for field in form.rule_fields for error in field.process_errors if error not in errors]
    if errors:
        return Preview(name, errors=tuple(errors))
    draft = form.draft()
    return Preview(name, draft.expires_at, sentence(draft))
