"""A client of Parlor written from its documents alone, on PyPI's `websockets`.

Signs in, talks, loses its connection, and resumes by number. It prints one line and
exits 0, or says what differs from the documents and exits 1.

    PARLOR_URL=http://127.0.0.1:8080 python clients/python_client.py
"""

import json
import os
import secrets
import socket
import sys
import urllib.error
import urllib.request
import uuid

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import connect

URL = os.environ.get("PARLOR_URL", "http://127.0.0.1:8080").rstrip("/")
SOCKET = "ws" + URL.removeprefix("http") + "/ws"
TIMEOUT = 10


class Differs(Exception):
    """Something is not as the documents say."""


def expect(what, found, wanted):
    if found != wanted:
        raise Differs(f"{what}: found {found!r}, wanted {wanted!r}")


def call(method, path, body=None, token=None):
    """One HTTP call: status, content type, and the JSON of the answer."""
    headers = {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + "/api/v1" + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            text = answer.read()
            return answer.status, answer.headers.get_content_type(), json.loads(text or "null")
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers.get_content_type(), json.loads(refused.read())


class Connection:
    """A socket that signed in with a bearer token and has said hello."""

    def __init__(self, token, hello):
        headers = {"Authorization": f"Bearer {token}"}
        # legacy: a connection to be held and cut by hand, not a block that closes it.
        self.socket = connect(
            SOCKET,
            additional_headers=headers,
            subprotocols=["parlor.v1"],
            open_timeout=TIMEOUT,
            legacy=True,
        )
        expect("subprotocol", self.socket.subprotocol, "parlor.v1")
        self.events = []  # of every room, as (room, event), in the order received
        self.send(type="hello", protocol=1, **hello)
        self.ready = self.receive()
        expect("the first frame", self.ready["type"], "ready")

    def send(self, **frame):
        self.socket.send(json.dumps(frame))

    def receive(self):
        frame = json.loads(self.socket.recv(timeout=TIMEOUT))
        if frame["type"] == "events":
            self.events += [(frame["room"], event) for event in frame["events"]]
        return frame

    def until(self, what, matches):
        """Receives until a frame matches; others are kept or passed over."""
        for _ in range(100):
            frame = self.receive()
            if matches(frame):
                return frame
        raise Differs(f"{what} did not come within 100 frames")

    def answer(self, request):
        return self.until(f"the answer to {request}", lambda frame: frame.get("id") == request)

    def wait_for(self, room, seq):
        """Receives until everything up to `seq` of the room is here."""
        while not any(at == room and event["seq"] >= seq for at, event in self.events):
            self.receive()

    def room_events(self, room):
        return [event for at, event in self.events if at == room]

    def drop(self):
        """Cuts the line without a word, as a train into a tunnel does."""
        self.socket.socket.shutdown(socket.SHUT_RDWR)


def contiguous(what, events, first):
    expect(what, [e["seq"] for e in events], list(range(first, first + len(events))))


def refused_before_upgrade():
    try:
        connect(SOCKET, open_timeout=TIMEOUT).close()
    except InvalidStatus as refused:
        expect("an upgrade without credentials", refused.response.status_code, 401)
    else:
        raise Differs("an upgrade without credentials was let in")


def sign_in():
    status, kind, problem = call(
        "POST", "/sessions", {"username": "prathmesh", "password": "wrong"}
    )
    expect("a wrong password", (status, kind), (401, "application/problem+json"))
    expect("its code", problem["code"], "invalid_credentials")
    status, _, session = call("POST", "/sessions", {"username": "prathmesh", "password": "123"})
    expect("the demo's password", status, 201)
    expect("who signed in", session["user"]["username"], "prathmesh")
    return session["token"]


def talk(connection, room):
    """Posts, is acked, sees its own event; the same again is the same command."""
    connection.send(type="ping", id="p1")
    expect("the answer to ping", connection.answer("p1")["type"], "pong")

    nonce = str(uuid.uuid4())
    post = {"type": "post", "room": room, "nonce": nonce, "text": "hello from Python\n\tand tab"}
    connection.send(id="1", **post)
    ack = connection.answer("1")
    expect("the answer to post", (ack["type"], ack["room"], "duplicate" in ack), ("ack", room, False))
    connection.wait_for(room, ack["seq"])
    own = next(e for e in connection.room_events(room) if e["seq"] == ack["seq"])
    expect("my event", (own["kind"], own["nonce"], own["text"]), ("message_posted", nonce, post["text"]))
    expect("its author", own["by"]["username"], "prathmesh")
    expect("its time", own["at"], ack["at"])

    connection.send(id="2", **post)
    again = connection.answer("2")
    expect("the same again", (again["seq"], again["at"], again["duplicate"]), (ack["seq"], ack["at"], True))
    connection.send(id="3", **{**post, "text": "something else"})
    expect("the nonce reused", connection.answer("3")["code"], "nonce_reused")
    connection.send(id="4", **{**post, "nonce": str(uuid.uuid4()), "text": " \n"})
    expect("a blank text", connection.answer("4")["code"], "text_empty")
    connection.send(id="5", type="nothing-like-this")
    expect("an unknown type", connection.answer("5")["code"], "unknown_type")
    return ack["seq"]


def speak_as_another(room):
    """Somebody signs up, which joins them to general, and writes three messages."""
    name = f"ada-{secrets.token_hex(4)}"
    status, _, other = call("POST", "/users", {"username": name, "password": "a-quiet-engine-1843"})
    expect("signing up on the demo", status, 201)
    seqs = []
    for text in ("one", "two", "three"):
        body = {"text": text, "nonce": str(uuid.uuid4())}
        status, _, posted = call("POST", f"/rooms/{room}/messages", body, other["token"])
        expect(f"posting {text!r}", status, 201)
        seqs.append(posted["seq"])
    return name, seqs


def main():
    status, _, server = call("GET", "/server")
    expect("the server", (status, server["claimed"], server["demo"]), (200, False, True))
    refused_before_upgrade()
    token = sign_in()

    first = Connection(token, {})
    expect("the heartbeat", first.ready["heartbeat"], {"interval_ms": 5000, "max_missed": 2})
    expect("the epoch", first.ready["epoch"], server["epoch"])
    room = next(r["id"] for r in first.ready["rooms"] if r["name"] == "general")
    held = talk(first, room)
    first.drop()

    name, seqs = speak_as_another(room)
    second = Connection(token, {"epoch": server["epoch"], "rooms": {room: held}})
    done = second.until("caught_up", lambda frame: frame["type"] == "caught_up")
    missed = second.room_events(room)
    expect("where I have caught up to", (done["room"], done["seq"]), (room, seqs[-1]))
    contiguous("what I missed", missed, held + 1)
    said = [e["text"] for e in missed if e["kind"] == "message_posted" and e["by"]["username"] == name]
    expect("what was said meanwhile", said, ["one", "two", "three"])
    joined = [e["user"]["username"] for e in missed if e["kind"] == "member_joined"]
    expect("who joined meanwhile", joined, [name])

    second.events.clear()
    second.send(type="resume", id="r", room=room, after=0)
    whole = second.answer("r")
    expect("the answer to resume", (whole["type"], whole["seq"]), ("caught_up", seqs[-1]))
    contiguous("the log from its beginning", second.room_events(room), 1)
    expect("how a log begins", second.room_events(room)[0]["kind"], "room_created")
    second.socket.close()

    status, _, _ = call("DELETE", "/sessions/current", token=token)
    expect("signing out", status, 204)
    expect("the token afterwards", call("GET", "/me", token=token)[0], 401)
    print(f"OK: the Python client talked in general and resumed from {held} to {seqs[-1]}")


if __name__ == "__main__":
    try:
        main()
    except (Differs, KeyError, OSError, StopIteration, WebSocketException) as error:
        print(f"the Python client: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
