"""The bank that is fuzzed: where it listens, who may call what, logging in, digests of its data."""

import hashlib
import json
import os
import subprocess
import threading
import time

import requests

try:
    import tomllib
except ImportError:  # Python 3.10; schemathesis brings the same under this name.
    import tomli as tomllib

ROOT = os.environ["BULKHEAD_ROOT"]
PROGRAM = os.environ["FUZZ_BULKHEAD"]
PSQL = os.environ["FUZZ_PSQL"]

# Tables that are not compared, and why. Everything else in every database is.
NOT_COMPARED = {
    # Guesses and single-use things are counted when they are refused: that is what they are for.
    "login_guard": "counts wrong passwords",
    "used_ticket": "a ticket opens one attempt, a failed one too",
    "login_challenge": "counts wrong codes",
    "confirmation": "counts wrong codes",
    # These move by themselves, refused requests or none.
    "session": "says when a session was last used; its number of rows is compared",
    "reference": "a copy that is checked every few seconds",
    "reference_topic": "rates move",
    "currency_course": "rates move",
    "setting": "the simulated systems' switches and schedules",
    "ledger_checkpoint": "the books are verified by themselves",
    "feed_state": "the router's followers",
    "decision": "risk remembers what it was asked; nothing depends on it",
}
# Of these the number of rows counts.
COUNTED = {"session"}


def bulkhead(*words):
    done = subprocess.run([PROGRAM, *words], check=True, capture_output=True, text=True)
    return done.stdout


def read(name):
    with open(os.path.join(ROOT, ".bulkhead", name), "rb") as file:
        return file.read()


def secrets():
    return tomllib.loads(read("secrets.toml").decode())


def customers():
    """Demo customers: login and password."""
    return [(one["login"], one["password"]) for one in json.loads(read("demo-logins.json"))["logins"]]


def listeners():
    """Process and door to port."""
    found = {}
    folder = os.path.join(ROOT, ".bulkhead", "config")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".toml"):
            with open(os.path.join(folder, name), "rb") as file:
                config = tomllib.load(file)
            for door, address in config.get("listen", {}).items():
                found[name.removesuffix(".toml"), door] = int(address.rsplit(":", 1)[1])
    return found


def databases():
    """Every database of the bank, as a connection string of the launcher's account."""
    found = set()
    folder = os.path.join(ROOT, ".bulkhead", "config")
    for name in os.listdir(folder):
        if name.endswith(".toml"):
            with open(os.path.join(folder, name), "rb") as file:
                url = tomllib.load(file).get("database", {}).get("url")
            found |= {url.rsplit("@", 1)[1]} if url else set()
    return sorted(found)


def psql(place, statement):
    """Lines of an answer of a database, asked with the launcher's account."""
    user = f"postgres:{secrets()['database_superuser']}"
    command = [PSQL, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, f"postgres://{user}@{place}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{place}: {done.stderr}")
    return done.stdout.splitlines()


TABLES = """
    select schemaname || '.' || tablename from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema') order by 1"""


def digest():
    """Table of a database to what stands in it."""
    found = {}
    for place in databases():
        parts = []
        for table in psql(place, TABLES):
            name = table.rsplit(".", 1)[1]
            if name in COUNTED:
                parts.append(f"select '{table}', count(*)::text from {table}")
            elif name not in NOT_COMPARED:
                rows = "md5(coalesce(string_agg(t::text, e'\\n' order by t::text), ''))"
                parts.append(f"select '{table}', {rows} || ' ' || count(*) from {table} t")
        for line in psql(place, " union all ".join(parts)):
            table, content = line.split("|")
            found[place, table] = content
    return found


def changed(before, after):
    return sorted(f"{place} {table}: {before.get((place, table))} -> {after.get((place, table))}"
                  for place, table in before.keys() | after.keys()
                  if before.get((place, table)) != after.get((place, table)))


class Refused(Exception):
    """The bank did not open a session."""


def code_for(login):
    """The newest one-time code for a login."""
    for _ in range(40):
        for message in json.loads(bulkhead("messages", "--login", login, "-o", "json")):
            text = message["text"]
            if "Code: " in text and "Login" in text:
                return text.split("Code: ")[1][:6]
        time.sleep(0.25)
    raise Refused(f"no code came for {login}")


def log_in(channel, block, login, password):
    """The headers of a session on a channel of a block, or None if the customer lives elsewhere."""
    ports = listeners()
    router = ports["router", "web"]
    route = requests.post(f"http://127.0.0.1:{router}/v1/route", json={"login": login}, timeout=10)
    answer = route.json()
    if answer["block"]["id"] != block:
        return None
    base = f"http://127.0.0.1:{ports[f'{block}-{channel}', channel]}"
    body = {"ticket": answer["ticket"], "password": password, "device_name": "fuzz"}
    headers = own_page(router) if channel == "web" else {}
    opened = requests.post(f"{base}/v1/sessions", json=body, headers=headers, timeout=30)
    if opened.status_code == 202:
        challenge = opened.json()["challenge_id"]
        opened = requests.post(f"{base}/v1/sessions/challenges/{challenge}", timeout=30,
                               json={"code": code_for(login)}, headers=headers)
    if opened.status_code != 201:
        raise Refused(f"{login}: {opened.status_code} {opened.text}")
    if channel == "mobile":
        return {"Authorization": f"Bearer {opened.json()['token']}"}
    cookie = opened.headers["set-cookie"].split(";")[0]
    return {"Cookie": cookie}


def own_page(router):
    return {"Origin": f"http://bank.localhost:{router}", "Bulkhead-Client": "fuzz"}


class Sessions:
    """One live session at a time; the next customer's when it has ended."""

    def __init__(self, channel, block):
        self.channel, self.block = channel, block
        known = customers()
        # Each channel begins elsewhere, so that a locked login of one does not hinder the other.
        start = 0 if channel == "web" else len(known) // 2
        self.waiting = iter(known[start:] + known[:start])
        self.headers = None
        self.lock = threading.Lock()

    def get(self):
        with self.lock:
            while self.headers is None:
                login, password = next(self.waiting)
                try:
                    self.headers = log_in(self.channel, self.block, login, password)
                except Refused as refused:
                    print(f"  no session: {refused}")
            return self.headers

    def ended(self):
        """Opens another one when it is needed, unless the tables are being watched."""
        if os.environ.get("FUZZ_TURN") == "everything":
            with self.lock:
                self.headers = None
