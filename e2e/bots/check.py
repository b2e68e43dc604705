"""Speaks to the server beside the bots of docs/bots.md, and looks at what they did.

    python bots/check.py ping            posts one; prints its seq
    python bots/check.py talk N          posts N messages that nobody answers
    python bots/check.py answered SEQ…   waits until each bot has answered each, then: once
    python bots/check.py said TEXT       the log has it once
    python bots/check.py head SEQ        the log ends with this event
    python bots/check.py refused         the token is none any more
    python bots/check.py metrics FILE…   every metric they name is one that the server shows

PARLOR_URL and PARLOR_TOKEN say where and as whom; PARLOR_BOTS has the bots' usernames.
"""

import json
import os
import pathlib
import re
import sys
import time
import urllib.error
import urllib.request
import uuid

URL, TOKEN = os.environ["PARLOR_URL"], os.environ["PARLOR_TOKEN"]
AUTH = {"Authorization": f"Bearer {TOKEN}"}
PATIENCE = 30  # seconds for anything that has to come


def call(path, body=None):
    headers = {**AUTH, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/api/v1{path}", data, headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def general():
    return next(room["id"] for room in call("/rooms")["items"] if room["name"] == "general")


def log(room):
    """Every event of the room."""
    events, more = [], True
    while more:
        after = events[-1]["seq"] if events else 0
        page = call(f"/rooms/{room}/events?after={after}&limit=1000")
        events, more = events + page["events"], page["has_more"]
    return events


def ping():
    body = {"text": "ping", "nonce": str(uuid.uuid4())}
    print(call(f"/rooms/{general()}/messages", body)["seq"])


def talk(count):
    from websockets.sync.client import connect  # slow to load, and needed here alone

    room = general()
    with connect(f"ws{URL.removeprefix('http')}/ws", additional_headers=AUTH) as ws:
        ws.send(json.dumps({"type": "hello", "protocol": 1}))
        for number in range(int(count)):
            post = {"type": "post", "id": str(number), "room": room, "text": "hm"}
            ws.send(json.dumps({**post, "nonce": str(uuid.uuid4())}))
        acked = 0
        while acked < int(count):
            frame = json.loads(ws.recv(timeout=PATIENCE))
            if frame["type"] == "refuse":
                sys.exit(f"refused: {frame}")
            acked += frame["type"] == "ack"


def answered(*pings):
    room, bots = general(), os.environ["PARLOR_BOTS"].split()
    wanted = sorted((bot, int(seq)) for bot in bots for seq in pings)
    deadline = time.monotonic() + PATIENCE
    while True:
        answers = sorted(
            (event["by"]["username"], event["reply_to"])
            for event in log(room)
            if event["kind"] == "message_posted" and event.get("text") == "pong"
        )
        if set(answers) >= set(wanted):
            break
        if time.monotonic() > deadline:
            sys.exit(f"found the answers {answers}, wanted {wanted}")
        time.sleep(0.1)
    if answers != wanted:
        sys.exit(f"answered more than once, or what nobody asked: {answers}, wanted {wanted}")


def said(text):
    found = [event for event in log(general()) if event.get("text") == text]
    if len(found) != 1:
        sys.exit(f"{text!r} stands in the log {len(found)} times")


def head(seq):
    found = log(general())[-1]["seq"]
    if found != int(seq):
        sys.exit(f"the log ends with {found}, wanted {seq}")


def refused():
    try:
        call("/me")
    except urllib.error.HTTPError as answer:
        if answer.code == 401:
            return
    sys.exit("the token is still good")


def metrics(*files):
    with urllib.request.urlopen(f"{URL}/metrics", timeout=PATIENCE) as answer:
        text = answer.read().decode()
    shown = set(re.findall(r"^([a-z_]+)[ {]", text, re.MULTILINE))
    for file in files:
        named = set(re.findall(r"\b(?:parlor|process)_[a-z_]+", pathlib.Path(file).read_text(encoding="utf-8")))
        if not named:
            sys.exit(f"{file} names no metric")
        if missing := sorted(named - shown):
            sys.exit(f"{file} names what the server does not show: {', '.join(missing)}")


COMMANDS = [ping, talk, answered, said, head, refused, metrics]
{command.__name__: command for command in COMMANDS}[sys.argv[1]](*sys.argv[2:])
