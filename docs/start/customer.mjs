// A customer for the tour in this folder: a small client of the bank, in one file and without
// dependencies. It does what every client should do (the key is stored before the first send; what
// does not answer is asked again by way of the router, with the same key) and says what it does.
//
// It never decides what happened: it shows what the bank answers.

import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const USAGE = `node docs/start/customer.mjs LOGIN COMMAND
  accounts             what the customer has
  order LOGIN AMOUNT   order a transfer to another customer, and leave it unconfirmed
  bill AMOUNT          order and confirm a payment to a biller
  repeat               send the last order again with the same key, and confirm it if it waits
  operations           the latest operations`;

const here = dirname(fileURLToPath(import.meta.url));
const root = process.env.BULKHEAD_ROOT ?? resolve(here, "../..");
const say = (text) => console.log(text);

class Refused extends Error {}

function bulkhead(...args) {
  return execFileSync(join(root, "bulkhead"), args, { encoding: "utf8" });
}

function demoCustomer(login) {
  const { logins } = JSON.parse(readFileSync(join(root, ".bulkhead/demo-logins.json"), "utf8"));
  const found = logins.find((one) => one.login === login);
  if (!found) throw new Refused(`Nobody is called ${login}; see .bulkhead/demo-logins.json.`);
  return found;
}

function routerPort() {
  const { processes } = JSON.parse(bulkhead("status", "-o", "json"));
  const router = processes.find(({ kind, role }) => kind === "service" && role === "router");
  return router.address.split(":").at(-1);
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** What the client keeps on the device. */
class Memory {
  constructor(login) {
    this.file = join(root, ".bulkhead/customers", `${login}.json`);
    try {
      this.kept = JSON.parse(readFileSync(this.file, "utf8"));
    } catch {
      this.kept = {};
    }
  }

  keep(changes) {
    Object.assign(this.kept, changes);
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, JSON.stringify(this.kept), { mode: 0o600 });
  }
}

class Client {
  constructor(who) {
    this.who = who;
    this.memory = new Memory(who.login);
    this.block = this.memory.kept.block;
    this.port = routerPort();
    this.down = new Set();
  }

  /** One request; throws TypeError where nobody answers. */
  async send(url, { method = "GET", body, headers = {} } = {}) {
    const local = new URL(url);
    local.hostname = "127.0.0.1";
    const response = await fetch(local, {
      method,
      body: body && JSON.stringify(body),
      headers: { ...headers, ...(body && { "content-type": "application/json" }) },
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    return { response, body: text ? JSON.parse(text) : undefined };
  }

  async route() {
    const url = `http://router:${this.port}/v1/route`;
    const { body } = await this.send(url, { method: "POST", body: { login: this.who.login } });
    this.block = body.block;
    this.memory.keep({ block: body.block });
    return body.ticket;
  }

  /** Which block is it now? The router itself may be away; then the last answer stands. */
  async askAgain() {
    try {
      await this.route();
      say(`  the router says: ${this.block.id}`);
    } catch {
      say(`  the router gives no answer either; staying with ${this.block.id}`);
    }
  }

  headers(channel) {
    const token = this.memory.kept[channel]?.token;
    if (channel === "mobile") return token ? { authorization: `Bearer ${token}` } : {};
    const origin = `http://bank.localhost:${this.port}`;
    const { cookies = {} } = this.memory.kept.web ?? {};
    const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
    return { origin, "bulkhead-client": "web", cookie: cookie.join("; ") };
  }

  keepSession(channel, response, body) {
    if (channel === "mobile") {
      const device = body.device_token ?? this.memory.kept.mobile?.device;
      this.memory.keep({ mobile: { token: body.token, device } });
      return;
    }
    const cookies = { ...this.memory.kept.web?.cookies };
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      cookies[name] = value;
    }
    this.memory.keep({ web: { cookies } });
  }

  async login(channel) {
    const ticket = await this.route();
    const base = this.block.urls[channel];
    const body = { ticket, password: this.who.password, device_name: `the tour, ${channel}` };
    if (channel === "mobile") body.device_token = this.memory.kept.mobile?.device;
    const post = (path, json) => {
      const request = { method: "POST", body: json, headers: this.headers(channel) };
      return this.send(`${base}${path}`, request);
    };
    let answer = await post("/v1/sessions", body);
    if (answer.response.status === 202) {
      const code = await this.code("Login");
      say(`  a device that the bank does not know: the code ${code} came by message`);
      const path = `/v1/sessions/challenges/${answer.body.challenge_id}`;
      answer = await post(path, { code });
    }
    if (answer.response.status !== 201) throw new Refused(told(answer.body));
    this.keepSession(channel, answer.response, answer.body);
    say(`  logged in at ${this.block.id}, ${channel}`);
  }

  /** The newest code about `what` on the customer's phone. */
  async code(what) {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const list = bulkhead("messages", "--login", this.who.login, "-o", "json");
      const texts = JSON.parse(list).map(({ text }) => text);
      const found = texts.find((text) => text.includes("Code: ") && text.includes(what));
      if (found) return found.match(/Code: (\d+)/)[1];
      await wait(250);
    }
    throw new Refused("No code came.");
  }

  /** A request to the customer's block: web first, then mobile; logs in where that is needed. */
  async call(path, request = {}) {
    for (const channel of ["web", "mobile"].filter((name) => !this.down.has(name))) {
      try {
        return await this.callOn(channel, path, request);
      } catch (error) {
        if (error instanceof Refused || !this.block) throw error;
        this.down.add(channel);
        say(`  ${this.block.id}, ${channel}: no answer`);
        await this.askAgain();
      }
    }
    throw new Refused(`${this.block.id} gives no answer. Nothing is lost: repeat later, same key.`);
  }

  async callOn(channel, path, request) {
    if (!this.block) await this.route();
    const once = () => {
      const headers = { ...request.headers, ...this.headers(channel) };
      return this.send(`${this.block.urls[channel]}${path}`, { ...request, headers });
    };
    let answer = await once();
    if ([401, 421].includes(answer.response.status)) {
      await this.login(channel);
      answer = await once();
    }
    if (!answer.response.ok) throw new Refused(told(answer.body));
    return { ...answer, channel };
  }
}

const told = (problem) => `${problem.code}: ${problem.title} ${problem.detail}`;
const money = ({ amount, currency }) => `${amount} ${currency}`;

async function accounts(client) {
  const { body } = await client.call("/v1/accounts");
  if (!body.items) throw new Refused("The accounts cannot be shown now.");
  return body.items;
}

async function order(client, draft) {
  const review = await client.call("/v1/operations/review", { method: "POST", body: draft });
  const { intent, most } = review.body;
  const key = randomUUID();
  client.memory.keep({ order: { key, intent } });
  say(`  reviewed: at most ${money(most)}; key ${key.slice(0, 8)}… stored, now sent`);
  return sendOrder(client);
}

async function sendOrder(client) {
  const { order: kept } = client.memory.kept;
  if (!kept) throw new Refused("Nothing was ordered yet.");
  const request = {
    method: "POST",
    body: { intent: kept.intent, again: true },
    headers: { "idempotency-key": kept.key },
  };
  const answer = await client.call("/v1/operations", request);
  const known = answer.response.headers.get("idempotency-replayed") ? ", known already" : "";
  say(`  ${answer.channel}: operation ${answer.body.operation_id}${known}`);
  return answer.body;
}

async function confirm(client, operation) {
  if (operation.state !== "awaiting_confirmation") return operation;
  const code = await client.code("debited");
  const path = `/v1/operations/${operation.operation_id}/confirmation`;
  const { body, channel } = await client.call(path, { method: "POST", body: { code } });
  say(`  ${channel}: confirmed with ${code}`);
  return body;
}

const commands = {
  async accounts(client) {
    for (const { account, name, available, balance } of await accounts(client)) {
      say(`${account}  ${name}  ${money(available ?? balance)}`);
    }
  },
  async order(client, to, amount) {
    const [from] = await accounts(client);
    const draft = {
      kind: "customer_transfer",
      from_account: from.account,
      payee: { phone: demoCustomer(to).phone },
      amount: { amount, currency: "RUB" },
    };
    say((await order(client, draft)).message);
  },
  async bill(client, amount) {
    const [from] = await accounts(client);
    const billers = await client.call("/v1/reference/billers");
    const [biller] = billers.body.items;
    const draft = {
      kind: "bill_payment",
      from_account: from.account,
      biller_id: biller.id,
      reference: "1234567890123456".slice(0, biller.reference_digits),
      amount: { amount, currency: "RUB" },
    };
    say((await confirm(client, await order(client, draft))).message);
  },
  async repeat(client) {
    say((await confirm(client, await sendOrder(client))).message);
  },
  async operations(client) {
    const { body } = await client.call("/v1/operations?limit=5");
    for (const { operation_id, kind, most, message } of body.items) {
      say(`${operation_id}  ${kind}  ${most ? money(most) : ""}  ${message}`);
    }
  },
};

const [login, command, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(commands, command ?? "")) {
  say(USAGE);
  process.exitCode = 64;
} else {
  try {
    await commands[command](new Client(demoCustomer(login)), ...rest);
  } catch (error) {
    say(error instanceof Refused ? error.message : `No answer: ${error.cause ?? error}`);
    process.exitCode = 1;
  }
}
