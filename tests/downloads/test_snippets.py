"""The programs that call the API are run: against a real server, with the key in the environment."""

import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portal.downloads.snippets import SNIPPETS, VARIABLE

TOKEN = "ptl_7Hq2Wd9xKm_NotARealSecretJustAPicture0000xQ2mZa"
NEEDS = {"curl": "curl", "python": sys.executable, "r": "Rscript", "javascript": "node", "java": "javac"}
HOSTILE = "http://127.0.0.1:9/a?q='\"`$(id)\\;b&c=\u00e9"


@pytest.fixture
def server():
    """A server that answers with the Authorization header and the path that it was sent."""

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self):
            body = f"{self.path} {self.headers['Authorization']}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(slug, program, folder):
    """Run the program as its page says, if the machine has what it takes."""
    if shutil.which(NEEDS[slug]) is None:
        pytest.skip(f"{NEEDS[slug]} is missing; script/setup --system installs it.")
    snippet = SNIPPETS[slug]
    (folder / snippet.file_name).write_text(program)
    command = snippet.command.split()
    if slug == "python":
        command[0] = sys.executable
    environment = {**os.environ, VARIABLE: TOKEN}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("slug", SNIPPETS)
def test_the_program_calls_the_address_with_the_key_from_the_environment(slug, server, tmp_path):
    said = run(slug, SNIPPETS[slug].program(f"{server}/whoami?a=1&b=%27x", "default-key, ptl_7Hq2Wd9xKm"), tmp_path)
    assert f"/whoami?a=1&b=%27x Bearer {TOKEN}" in said


@pytest.mark.parametrize("slug", SNIPPETS)
def test_the_key_itself_is_in_no_program(slug):
    assert "ptl_" not in SNIPPETS[slug].program("http://127.0.0.1:8000/whoami")
    assert VARIABLE in SNIPPETS[slug].program("http://127.0.0.1:8000/whoami")


@pytest.mark.parametrize("slug", SNIPPETS)
def test_a_remark_stays_in_its_comment(slug):
    program = SNIPPETS[slug].program("http://127.0.0.1/", "one\ntwo\r\nthree")
    assert program.splitlines()[0].endswith("one two three")
    assert program.splitlines()[0].startswith(SNIPPETS[slug].remark)


@pytest.mark.parametrize("slug", ["python", "r", "javascript", "java"])
def test_an_address_stays_in_its_literal(slug):
    program = SNIPPETS[slug].program(HOSTILE)
    assert '\\"' in program
    assert "\u00e9" not in program


def test_the_shell_takes_a_hostile_address_as_one_word(tmp_path):
    script = tmp_path / "call.sh"
    script.write_text(SNIPPETS["curl"].program(HOSTILE).replace("curl", "printf %s\\\\n", 1))
    done = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=True, env={VARIABLE: TOKEN})
    assert done.stdout.splitlines() == ["-H", f"Authorization: Bearer {TOKEN}", HOSTILE]


def test_braces_and_brackets_of_every_program_are_closed():
    for snippet in SNIPPETS.values():
        program = snippet.program("http://127.0.0.1/")
        for opening, closing in ("()", "[]", "{}"):
            assert program.count(opening) == program.count(closing), snippet.slug
