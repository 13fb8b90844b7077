"""What may stand for a row in an address."""

from flask import Flask
from werkzeug.routing import IntegerConverter


class RowNumber(IntegerConverter):
    """A row's number, `<row:name>`: ASCII digits, and few enough for every database."""

    regex = "[1-9][0-9]{0,17}"


def init_app(app: Flask) -> None:
    """Teach the app's addresses the converter."""
    app.url_map.converters["row"] = RowNumber
