"""The optional judge, against a server on this machine."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from moves.made import call

from pipeline.errors import InputError, UsageError
from pipeline.moves import CallContext, find_moves
from pipeline.moves.judge import HttpJudge, JudgeOptions, judge_unsure


class Server:
    """Answers every question with `answer`, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict] = []
        self.headers: list[dict] = []
        self.answer: object = {"does_it": "yes"}
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                outer.headers.append(dict(self.headers))
                outer.path = self.path
                content = outer.answer if isinstance(outer.answer, str) else json.dumps(outer.answer)
                body = json.dumps({"choices": [{"message": {"content": content}}]}).encode()
                self.send_response(outer.status)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"


@pytest.fixture
def server():
    one = Server()
    thread = threading.Thread(target=one.http.serve_forever, daemon=True)
    thread.start()
    yield one
    one.http.shutdown()
    one.http.server_close()
    thread.join()


TURNS = call("C: Can you waive the fee?", "A: That's not our fault.", "A: Can I have your name please?")


def test_only_unsure_moves_are_asked_about_and_only_marked(shipped, server, tmp_path):
    found = find_moves(TURNS, shipped, None, CallContext(whole=False))
    judge = HttpJudge(JudgeOptions(server.url, "small", cache=tmp_path, api_key="key"))
    judged = judge_unsure(found, TURNS, shipped, judge)
    (unsure,) = [m for moves in judged.values() for m in moves if m.state == "unsure"]
    assert (unsure.name, unsure.judged) == ("blame_defensive", "yes")
    assert all(m.judged is None for moves in judged.values() for m in moves if m.state == "yes")
    before = [(m.name, m.state, m.confidence, m.span) for moves in found.values() for m in moves]
    assert [(m.name, m.state, m.confidence, m.span) for moves in judged.values() for m in moves] == before
    (question,) = server.asked
    assert server.path == "/v1/chat/completions"
    assert question["temperature"] == 0
    assert question["response_format"]["type"] == "json_schema"
    assert "waive the fee" in question["messages"][1]["content"]
    assert server.headers[0]["Authorization"] == "Bearer key"


def test_answers_are_kept_without_text(server, tmp_path):
    options = JudgeOptions(server.url, "small", cache=tmp_path)
    for _ in range(2):
        assert HttpJudge(options).ask("Blames.", "agent", "", "Your own fault.") == "yes"
    assert len(server.asked) == 1
    (path,) = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert path.read_text() == "yes"
    server.answer = {"does_it": "no"}
    assert HttpJudge(JudgeOptions(server.url, "other", cache=tmp_path)).ask("B.", "agent", "", "x") == "no"


@pytest.mark.parametrize("answer", ["maybe", {"does_it": "perhaps"}, {"verdict": "yes"}, "[1]"])
def test_an_answer_in_another_form_is_no_answer(server, tmp_path, answer):
    server.answer = answer
    with pytest.raises(InputError, match="form asked for"):
        HttpJudge(JudgeOptions(server.url, "small", cache=tmp_path)).ask("B.", "agent", "", "Secret words.")
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


@pytest.mark.parametrize("status", [302, 500])
def test_redirects_and_failures_are_errors_without_what_was_said(server, status):
    server.status = status
    with pytest.raises(InputError, match="does not answer") as caught:
        HttpJudge(JudgeOptions(server.url, "small")).ask("B.", "agent", "", "Secret words.")
    assert "Secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["localhost:11434", "file:///etc/passwd", "ftp://host/v1", "http://"])
def test_an_address_must_be_http(url):
    with pytest.raises(UsageError, match="no http"):
        JudgeOptions(url, "small")
