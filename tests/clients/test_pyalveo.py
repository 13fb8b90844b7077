"""pyalveo, the Python client of Alveo."""

import pytest

SETUP = "import pyalveo; client = pyalveo.Client(configfile={!r}, use_cache=False)"
LISTS = "client.get_item_lists()['own'][0]['item_list_url']"
LIST = f"len(client.get_item_list({LISTS}).get_all())"
ITEM = "client.get_item(client.api_url + 'catalog/logbook/brest').metadata()['alveo:metadata']['dcterms:title']"
TEXT = "client.get_document(client.api_url + 'catalog/logbook/brest/document/log.txt').decode()"
ALL = ("client.get_api_version()", LISTS, LIST, ITEM, TEXT)


@pytest.fixture
def ask(desk):
    """Ask with the config file that the portal offers; its address ends in a slash, so the client doubles one."""

    def ask(token, *expressions):
        return desk.ask(SETUP.format(str(desk.download("alveo", token, "alveo.config"))), *expressions)

    return ask


def test_a_good_key_gets_lists_items_and_texts(desk, ask, key):
    version, address, count, title, text = (one["gives"] for one in ask(key(), *ALL))
    assert (version, address, count) == ("V3.0", f"{desk.endpoint}/item_lists/1", 3)
    assert title == "Log of the harbour of Brest"
    assert "survey boat" in text


def test_a_list_is_found_by_its_name(ask, key):
    (found,) = ask(key(), "client.get_item_list_by_name('harbour logs').name()")
    assert found == {"gives": "harbour logs"}


def test_a_revoked_key_gets_an_error_with_the_sentence_in_it(ask, key, revoke):
    token = key()
    assert "raises" not in ask(token, ITEM)[0]
    revoke()
    for told in ask(token, *ALL):
        assert told["raises"] == "APIError"
        assert '{"error": "This key was revoked for good.' in told["says"]


def test_a_narrow_key_sees_the_lists_and_opens_none(ask, narrow):
    version, lists, *refused = ask(narrow, *ALL)
    assert version["gives"]
    assert lists["gives"]
    for told in refused:
        assert (told["raises"], "does not open this resource" in told["says"]) == ("APIError", True)
