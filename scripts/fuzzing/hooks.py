"""What schemathesis is told beside the documents: who calls, and what is written down of it.

Loaded by schemathesis (SCHEMATHESIS_HOOKS). Keeps a tally of answers for run.py; decides nothing.
"""

import atexit
import json
import os
from collections import Counter

import bank
import schemathesis
from schemathesis.core.parameters import ParameterLocation

WHO = os.environ["FUZZ_WHO"]
TALLY = os.environ["FUZZ_TALLY"]
TURN = os.environ["FUZZ_TURN"]
answers = Counter()
done = []

kind, _, rest = WHO.partition(":")
sessions = bank.Sessions(kind, rest) if kind in ("web", "mobile") else None
if sessions:
    # Opened by run.py before it looked at the tables.
    sessions.headers = json.loads(os.environ["FUZZ_SESSION"])
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


def headers():
    if sessions:
        return sessions.get()
    return {"bulkhead-service": rest, "bulkhead-token": bank.secrets()["services"][rest]}


if kind in ("web", "mobile", "service"):
    @schemathesis.auth(refresh_interval=None)
    class Caller:
        def get(self, case, context):
            return headers()

        def set(self, case, data, context):
            case.headers = {**(case.headers or {}), **data}


def is_wrong(case):
    """Is it certain that the request cannot be right? What is odd in headers or in parts of the
    query that nobody reads does no harm."""
    parts = (ParameterLocation.BODY, ParameterLocation.PATH)
    return any(case.meta.is_negative_at(part) for part in parts)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Where only refusals are wanted, schemathesis still sends some that are right."""
    if TURN == "refused" and case.method.upper() not in SAFE and not is_wrong(case):
        case.headers = {**(case.headers or {}), "Content-Type": "text/plain"}


@schemathesis.hook
def after_call(context, case, response):
    answers[response.status_code] += 1
    if response.status_code < 400 and case.method.upper() not in SAFE:
        done.append(f"{response.status_code} {case.method} {case.formatted_path}")
    if sessions and has_ended(case, response):
        sessions.ended()


def has_ended(case, response):
    """Is the session that was shown no session any more?"""
    if response.status_code == 204:
        return case.path in ("/v1/sessions", "/v1/sessions/current", "/v1/password") and sent(response)
    gone = ("unauthenticated", "session-expired", "placement-moved")
    return response.status_code in (401, 421) and sent(response) and response.json()["code"] in gone


def sent(response):
    """Did the request show the session that is in use?"""
    shown = response.request.headers
    return sessions.headers and all(shown.get(k) == v for k, v in sessions.headers.items())


@atexit.register
def write():
    with open(TALLY, "w", encoding="utf-8") as file:
        json.dump({"answers": answers, "done": done}, file)
