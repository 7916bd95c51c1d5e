"""Fuzzes every document of the running bank with schemathesis, in three rounds a listener.

refused     only requests that cannot be right. Every answer must be a refusal, and afterwards every
            table that bank.py compares must hold what it held before.
strangers   only right requests, of nobody in particular. The same two demands.
everything  right and wrong ones, examples, sequences of calls; every check of schemathesis.

Ends with 1 if anything was found. Starts nothing but schemathesis.
"""

import json
import os
import subprocess
import sys

import bank

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMATHESIS = os.path.join(os.path.dirname(sys.executable), "schemathesis")
OUT = os.environ["FUZZ_OUT"]
SEED = os.environ["FUZZ_SEED"]
SECONDS = int(os.environ["FUZZ_SECONDS"])

# Nothing of these can be refused but who asks; their answers end the session that is used.
ENDING = ["endAllSessions", "endCurrentSession"]
# Everybody may call these on the telephone's channel and in a guest block.
OPEN = ["openSession", "answerChallenge", "apply"]


class Target:
    """A listener, who calls it, and which part of the time it gets."""

    def __init__(self, name, process, door, who, weight, tags=(), guarded=True):
        self.name, self.who, self.weight, self.tags = name, who, weight, tags
        self.guarded = guarded
        self.url = f"http://127.0.0.1:{LISTENERS[process, door]}"

    def origin(self):
        if self.who == "page" or self.who.startswith("web"):
            return bank.own_page(LISTENERS["router", "web"])
        return {}


LISTENERS = bank.listeners()
TARGETS = [
    Target("router", "router", "web", "nobody", 3, guarded=False),
    Target("block, web", "client-1-web", "web", "web:client-1", 6),
    Target("block, mobile", "client-1-mobile", "mobile", "mobile:client-1", 6),
    Target("guest, web", "guest-1", "web", "page", 2, guarded=False),
    Target("guest, mobile", "guest-1", "mobile", "nobody", 2, guarded=False),
    Target("gateway, orders and questions", "gateway", "internal", "service:client-1", 4,
           ("orders", "questions", "reference", "health")),
    Target("gateway, directory", "gateway", "internal", "service:router", 1, ("directory",)),
    Target("gateway, bookings", "gateway", "internal", "service:systems", 1, ("bookings",)),
    Target("block, internal", "client-1-worker", "internal", "service:router", 2),
    Target("router, administrators", "router", "ops", "service:launcher", 3),
]
ROUNDS = {"refused": 2, "strangers": 1, "everything": 4}


def session(who):
    """A fresh session where one is needed; nobody's otherwise."""
    channel, _, block = who.partition(":")
    if channel not in ("web", "mobile"):
        return None
    return bank.Sessions(channel, block).get()


def schemathesis(target, turn, who, seconds, options, opened):
    """Runs it once; gives its exit code, where its output lies, and the tally of answers."""
    name = f"{target.name.replace(', ', '-').replace(' ', '-')}-{turn}"
    tally, log = os.path.join(OUT, f"{name}.json"), os.path.join(OUT, f"{name}.log")
    environment = {**os.environ, "FUZZ_WHO": who, "FUZZ_TALLY": tally, "PYTHONPATH": HERE,
                   "SCHEMATHESIS_HOOKS": "hooks", "FUZZ_SESSION": json.dumps(opened),
                   "FUZZ_TURN": turn}
    command = [SCHEMATHESIS, "--config-file", os.path.join(HERE, "schemathesis.toml"), "run",
               f"{target.url}/openapi.json", "--seed", SEED, "--max-time", str(seconds),
               "--generation-database", "none", "--continue-on-failure", "--no-color",
               "--request-timeout", "20", "--suppress-health-check", "all", "--warnings", "off"]
    for header, value in target.origin().items():
        command += ["-H", f"{header}: {value}"]
    for tag in target.tags:
        command += ["--include-tag", tag]
    with open(log, "w", encoding="utf-8") as file:
        done = subprocess.run([*command, *options], env=environment, stdout=file,
                              stderr=subprocess.STDOUT, check=False, cwd=OUT)
    with open(tally, encoding="utf-8") as file:
        return done.returncode, log, json.load(file)


def excluding(names):
    return [word for name in names for word in ("--exclude-operation-id", name)]


def say(target, turn, tally):
    answers = " ".join(f"{status}×{n}" for status, n in sorted(tally["answers"].items()))
    print(f"{target.name}, {turn}: {sum(tally['answers'].values())} requests: {answers}", flush=True)


def refused_round(target, turn, who, seconds, options):
    """A round in which nothing may be accepted and nothing may change."""
    opened = session(who)
    before = bank.digest()
    code, log, tally = schemathesis(target, turn, who, seconds, options, opened)
    say(target, turn, tally)
    findings = [f"{target.name}, {turn}: see {log}"] if code else []
    findings += [f"{target.name}, {turn}: accepted: {done}" for done in sorted(set(tally["done"]))]
    changes = bank.changed(before, bank.digest())
    return findings + [f"{target.name}, {turn}: changed: {change}" for change in changes]


def everything(target, seconds):
    opened = session(target.who)
    options = ["--mode", "all"]
    code, log, tally = schemathesis(target, "everything", target.who, seconds, options, opened)
    say(target, "everything", tally)
    return [f"{target.name}, everything: see {log}"] if code else []


def main():
    only = sys.argv[1:]
    targets = [target for target in TARGETS if not only or target.name in only]
    shares = sum(target.weight * sum(ROUNDS.values()) for target in targets)
    findings = []
    for turn, share in ROUNDS.items():
        for target in targets:
            seconds = max(3, SECONDS * target.weight * share // shares)
            if turn == "refused":
                options = ["--mode", "negative", "--phases", "coverage,fuzzing", *excluding(ENDING)]
                findings += refused_round(target, turn, target.who, seconds, options)
            elif turn == "strangers" and target.guarded:
                options = ["--mode", "positive", "--phases", "examples,coverage,fuzzing",
                           "--checks", "not_a_server_error,status_code_conformance",
                           *excluding(OPEN)]
                findings += refused_round(target, turn, "nobody", seconds, options)
            elif turn == "everything":
                findings += everything(target, seconds)
    print()
    for finding in findings:
        print(finding)
        if "see " in finding:
            with open(finding.split("see ")[1], encoding="utf-8") as log:
                print(log.read())
    print(f"{len(findings)} findings; seed {SEED}. Again: FUZZ_SEED={SEED} make fuzz")
    sys.exit(1 if findings else 0)


main()
