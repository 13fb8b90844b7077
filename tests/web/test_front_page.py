from portal import create_app
from portal.config import Settings


def test_the_front_page_leads_to_the_api_credentials(client):
    assert client.get("/").location == "/profile/api-credentials"


def test_the_accent_of_the_installation_is_a_stylesheet_of_its_own(folder):
    app = create_app(Settings(PORTAL_DATA_DIR=folder.path, PORTAL_ACCENT="#7b2d8b"))
    answer = app.test_client().get("/accent.css")
    assert answer.text == ":root { --portal-accent: #7b2d8b; }\n"
    assert answer.mimetype == "text/css"
    again = app.test_client().get("/accent.css", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
