"""A Django site with one view behind a peer, set up as the peer's own documentation says; PEER names it.

In its favour: no middleware, and the connection to the database stays open between requests.
"""

import os

import django
from django.conf import settings

PEER = os.environ["PEER"]
_REST = {
    "drf": {"DEFAULT_PERMISSION_CLASSES": ["rest_framework_api_key.permissions.HasAPIKey"]},
    "knox": {
        "DEFAULT_AUTHENTICATION_CLASSES": ["knox.auth.TokenAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    },
}
_APPS = {"drf": "rest_framework_api_key", "knox": "knox"}

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ["PEER_DATABASE"],
            "CONN_MAX_AGE": None,
        }
    },
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", _APPS[PEER]],
    MIDDLEWARE=[],
    REST_FRAMEWORK=_REST[PEER],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of a site that serves nobody",  # noqa: S106
    USE_TZ=True,
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402  # all of these need the settings
from django.urls import path  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class Auth(APIView):
    """Answers whoever has a key."""

    def get(self, _request: object) -> Response:
        return Response()


urlpatterns = [path("auth", Auth.as_view())]
application = get_wsgi_application()
