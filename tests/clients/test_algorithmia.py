"""algorithmia, the Python client of Algorithmia, and its command line."""

SETUP = "import os, Algorithmia; client = Algorithmia.client()"
PIPE = "client.algo('demo/Hello').pipe('portal').result"
METADATA = "client.algo('demo/Hello/1.0.0').pipe('portal').metadata.content_type"
COUNT = "client.algo('nlp/TextStatistics').pipe({'text': 'One two. Three.'}).result['words']"
NAME = "client.username()"
FILES = "[file.getName() for file in client.dir('data://.my/sample').files()]"
WHEN = "next(client.dir('data://.my/sample').files()).last_modified.year"
READ = "client.file('data://.my/sample/hello.txt').getString()"
THERE = "client.file('data://.my/sample/hello.txt').exists()"
PUT = "client.file('data://.my/notes/a.txt').put('mine').getString()"
DELETE = "client.file('data://.my/notes/a.txt').delete()"
ALL = (PIPE, METADATA, COUNT, NAME, FILES, WHEN, READ, THERE, PUT, DELETE)


def ask(desk, token, *expressions):
    return desk.ask(SETUP, *expressions, ALGORITHMIA_API_KEY=token, ALGORITHMIA_API=desk.endpoint)


def test_a_good_key_runs_algorithms_and_keeps_files(desk, key, alice):
    hello, kind, words, name, files, year, text, is_there, mine, deleted = (
        one["gives"] for one in ask(desk, key(), *ALL)
    )
    assert (hello, kind, words, name) == ("Hello portal", "text", 3, alice.email)
    assert (files, year > 2000, text) == (["hello.txt", "tides.csv"], True, "Every account sees this file.\n")
    assert (is_there, mine, deleted) == (True, "mine", True)


def test_a_bearer_token_is_a_key_too(desk, key):
    (said,) = desk.ask(SETUP, PIPE, ALGORITHMIA_BEARER_TOKEN=key(), ALGORITHMIA_API=desk.endpoint)
    assert said == {"gives": "Hello portal"}


def test_a_revoked_key_gets_the_errors_that_its_users_know(desk, key, revoke):
    token = key()
    revoke()
    pipe, files, read, put, is_there = ask(desk, token, PIPE, FILES, READ, PUT, THERE)
    assert pipe == {"raises": "Exception", "says": "Non-Algorithm related Failure: <Response [401]>"}
    assert (files["raises"], "This key was revoked for good" in files["says"]) == ("DataApiError", True)
    assert (read["raises"], "This key was revoked for good" in read["says"]) == ("DataApiError", True)
    assert put["says"] == "Non-Algorithm related Failure: <Response [401]>"
    assert is_there == {"gives": False}


def test_a_narrow_key_is_refused_and_a_reading_one_writes_nothing(desk, key, narrow):
    pipe, read = ask(desk, narrow, PIPE, READ)
    assert pipe["says"] == "Non-Algorithm related Failure: <Response [403]>"
    assert "no right to read data" in read["says"]
    read, put = ask(desk, key(data="read"), READ, PUT)
    assert read["gives"]
    assert put["says"] == "Non-Algorithm related Failure: <Response [403]>"


def test_what_the_sample_says_no_to_is_told(desk, key):
    missing, deleted = ask(desk, key(), "client.file('data://.my/none.txt').getString()", DELETE)
    assert "There is no file or folder of yours of this name." in missing["says"]
    assert deleted == {"raises": "DataApiError", "says": "There is no file or folder of yours of this name."}


def test_its_command_line_runs_an_algorithm_with_the_downloaded_config(desk, clients_python, key, revoke):
    desk.download("algorithmia", key(), ".algorithmia/config")
    command = (str(clients_python.with_name("algo")), "run", "demo/Hello", "-d", "portal")
    assert "Hello portal" in desk.run(*command).stdout
    revoke()
    done = desk.run(*command)
    assert "Hello portal" not in done.stdout
    assert "401" in done.stdout + done.stderr


def test_a_netrc_of_the_same_host_puts_another_key_in_the_place_of_the_one_that_was_set(desk, key, session):
    desk.download("netrc", "ptl_nothing", ".netrc")
    (said,) = ask(desk, key(), PIPE)
    assert said == {"raises": "Exception", "says": "Non-Algorithm related Failure: <Response [401]>"}
