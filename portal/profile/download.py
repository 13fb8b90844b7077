"""Downloading a config file: with the real key in it from the notice that shows it, else with a place to put it."""

from flask import Response, abort
from flask.typing import ResponseReturnValue

from portal.downloads.added import all_formats
from portal.downloads.formats import Format
from portal.downloads.render import render
from portal.keys import finder, lifecycle
from portal.keys.models import Key
from portal.profile import bp
from portal.profile.key_forms import DownloadForm
from portal.web.permissions import PERSON, may_call
from portal.web.portal import portal
from portal.web.unit_of_work import reading, writing
from portal.web.who import actor, me, me_still


@bp.post("/profile/api-credentials/<public_id>/download/<slug>")
@may_call(PERSON)
def download_config(public_id: str, slug: str) -> ResponseReturnValue:
    """Answer with the file as an attachment. The token comes from the page: the portal itself does not have it."""
    wanted = all_formats(reading()).get(slug) or abort(404)
    form = DownloadForm()
    if not form.validate_on_submit():
        abort(422)
    token = form.token.data or ""
    with writing() as session:
        key = finder.owned(session, me_still(session).id, public_id) or abort(404)
        opened = finder.by_token(session, portal().peppers, token)
        if opened is None or opened.id != key.id:
            abort(422)
        lifecycle.note_download(session, actor(), key, wanted.file_name)
    return _attachment(wanted, key, token)


@bp.get("/profile/api-credentials/<public_id>/download/<slug>")
@may_call(PERSON)
def download_template(public_id: str, slug: str) -> ResponseReturnValue:
    """Answer with a file that says where the secret goes: nobody has it any more."""
    session = reading()
    wanted = all_formats(session).get(slug)
    if wanted is None or wanted.note is None:
        abort(404)
    return _attachment(wanted, finder.owned(session, me(session).id, public_id) or abort(404))


def _attachment(wanted: Format, key: Key, token: str | None = None) -> Response:
    content = render(
        wanted, token=token, endpoint=portal().settings.endpoint_url,
        public_id=key.public_id, name=key.name, expires_at=key.expires_at,
    )  # fmt: skip
    answer = Response(content, mimetype=wanted.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=wanted.file_name)
    return answer
