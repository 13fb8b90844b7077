"""The ids of forms of one button: however often one is sent, it makes one thing."""

import secrets

from flask import abort, request

from portal.profile.key_forms import FORM_ID, FORM_ID_LIMIT


def sent_form_id() -> str:
    """Return the id of the form that was sent, without which nothing is made."""
    form_id = request.form.get("form_id", "")
    return form_id if len(form_id) <= FORM_ID_LIMIT and FORM_ID.fullmatch(form_id) else abort(422)


def new_form_id() -> str:
    """Return the id of a form that is rendered now: however often it is sent, it makes one thing."""
    return secrets.token_urlsafe(16)
