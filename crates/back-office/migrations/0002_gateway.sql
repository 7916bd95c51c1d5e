-- What the gateway keeps beside the ledger: fences, unfinished foreign orders, limits, reference.

-- The highest generation seen for a customer; an older one takes no first effect (I5).
create table fence (
    customer_id bigint primary key,
    generation bigint not null constraint fence_not_negative check (generation >= 0)
);

-- Orders that a foreign system has not answered yet: removed when they have ended. Small.
create table foreign_intent (
    operation_id uuid primary key
        constraint foreign_intent_operation_exists references operation_record,
    system text not null,
    -- The body of the call, the same each time.
    request json not null,
    -- What to book and to answer, depending on the system's answer.
    settlement json not null,
    -- When somebody may (again) take it up; moved forward by whoever claims it.
    due_at timestamptz not null,
    attempt integer not null default 0 constraint foreign_intent_attempt check (attempt >= 0)
);
create index foreign_intent_due on foreign_intent (due_at);

-- Codes for cash that were given out: the money is held until the code was used or its time passed.
create table cash_code (
    operation_id uuid primary key
        constraint cash_code_operation_exists references operation_record,
    settlement json not null,
    expires_at timestamptz not null,
    due_at timestamptz not null,
    attempt integer not null default 0 constraint cash_code_attempt check (attempt >= 0)
);
create index cash_code_due on cash_code (due_at);

-- What a customer has used of a daily limit. Days are the bank's, see gateway/rules/day.rs.
create table daily_use (
    customer_id bigint not null,
    kind text not null,
    currency text not null,
    day date not null,
    used_minor bigint not null constraint daily_use_not_negative check (used_minor >= 0),
    primary key (customer_id, kind, currency, day)
);

create table daily_limit (
    kind text not null,
    currency text not null,
    most_minor bigint not null constraint daily_limit_positive check (most_minor > 0),
    primary key (kind, currency)
);

-- Reference data: versioned by topic, so that blocks fetch what changed.
create table reference_topic (
    topic text primary key,
    version bigint not null,
    changed_at timestamptz not null
);

create table fee_rule (
    kind text primary key,
    share_bp integer not null,
    least_minor bigint not null,
    most_minor bigint not null,
    constraint fee_rule_bounds check (
        share_bp between 0 and 10000 and least_minor between 0 and most_minor)
);

-- Roubles per unit, in millionths: a bounded walk around the anchor (gateway/rules/walk.rs).
create table currency_course (
    currency text primary key,
    anchor_millionths bigint not null,
    mid_millionths bigint not null,
    step bigint not null default 0,
    constraint currency_course_positive check (anchor_millionths > 0 and mid_millionths > 0)
);

create table branch (
    branch_id text primary key,
    city text not null,
    address text not null,
    hours text not null
);

create table product (
    product_id text primary key,
    kind text not null constraint product_kind_known check (kind in ('deposit', 'loan', 'card')),
    name text not null,
    currency text not null,
    rate_bp integer not null constraint product_rate_not_negative check (rate_bp >= 0),
    terms_months integer[] not null,
    least_minor bigint not null,
    most_minor bigint not null,
    -- Offered now? What is not offered any more stays, for those who have it.
    offered boolean not null default true,
    constraint product_bounds check (least_minor between 0 and most_minor)
);

create table biller (
    biller_id text primary key,
    name text not null,
    category text not null,
    reference_name text not null,
    reference_digits integer not null
        constraint biller_reference_digits check (reference_digits between 1 and 30),
    offered boolean not null default true
);

insert into reference_topic (topic, version, changed_at)
select topic, 1, '2026-01-01T00:00:00Z'
from unnest(array['rates', 'branches', 'products', 'billers', 'fees']) as topic;

insert into fee_rule (kind, share_bp, least_minor, most_minor) values
    ('own_transfer', 0, 0, 0),
    ('customer_transfer', 50, 0, 150000),
    ('bill_payment', 100, 1000, 50000),
    ('mobile_topup', 0, 0, 0),
    ('cash_code', 100, 5000, 100000);

insert into daily_limit (kind, currency, most_minor) values
    ('customer_transfer', 'RUB', 100000000),
    ('customer_transfer', 'USD', 1000000),
    ('customer_transfer', 'EUR', 1000000),
    ('bill_payment', 'RUB', 50000000),
    ('bill_payment', 'USD', 500000),
    ('bill_payment', 'EUR', 500000),
    ('mobile_topup', 'RUB', 1500000),
    ('mobile_topup', 'USD', 15000),
    ('mobile_topup', 'EUR', 15000),
    ('cash_code', 'RUB', 10000000);

insert into currency_course (currency, anchor_millionths, mid_millionths) values
    ('USD', 92500000, 92500000),
    ('EUR', 100800000, 100800000);

insert into branch (branch_id, city, address, hours) values
    ('msk-1', 'Moscow', 'Tverskaya 1', 'Mon–Fri 9–20, Sat 10–17'),
    ('msk-2', 'Moscow', 'Arbat 24', 'Mon–Fri 9–20'),
    ('msk-3', 'Moscow', 'Leninsky 60', 'Mon–Fri 9–20, Sat 10–17'),
    ('spb-1', 'Saint Petersburg', 'Nevsky 28', 'Mon–Fri 9–20, Sat 10–17'),
    ('spb-2', 'Saint Petersburg', 'Moskovsky 151', 'Mon–Fri 9–19'),
    ('nsk-1', 'Novosibirsk', 'Krasny 50', 'Mon–Fri 9–19'),
    ('ekb-1', 'Yekaterinburg', 'Lenina 36', 'Mon–Fri 9–19, Sat 10–16'),
    ('kzn-1', 'Kazan', 'Baumana 58', 'Mon–Fri 9–19'),
    ('nnv-1', 'Nizhny Novgorod', 'Bolshaya Pokrovskaya 15', 'Mon–Fri 9–19'),
    ('vvo-1', 'Vladivostok', 'Svetlanskaya 33', 'Mon–Fri 9–18');

insert into product
    (product_id, kind, name, currency, rate_bp, terms_months, least_minor, most_minor) values
    ('deposit-steady-rub', 'deposit', 'Steady', 'RUB', 1450, '{3,6,12}', 1000000, 10000000000),
    ('deposit-long-rub', 'deposit', 'Long view', 'RUB', 1300, '{12,24,36}', 5000000, 10000000000),
    ('deposit-steady-usd', 'deposit', 'Steady dollars', 'USD', 150, '{6,12}', 10000, 100000000),
    ('deposit-steady-eur', 'deposit', 'Steady euros', 'EUR', 100, '{6,12}', 10000, 100000000),
    ('loan-cash', 'loan', 'Cash loan', 'RUB', 2190, '{12,24,36,60}', 5000000, 500000000),
    ('loan-home', 'loan', 'Home loan', 'RUB', 1890, '{120,180,240,360}', 50000000, 5000000000),
    ('loan-car', 'loan', 'Car loan', 'RUB', 1990, '{12,24,36,60,84}', 10000000, 800000000),
    ('card-debit', 'card', 'Everyday card', 'RUB', 0, '{}', 0, 0),
    ('card-credit', 'card', 'Credit card, 120 days free', 'RUB', 2490, '{}', 0, 100000000);

insert into biller (biller_id, name, category, reference_name, reference_digits) values
    ('power-msk', 'City Power', 'utilities', 'Account number', 10),
    ('water-msk', 'City Water', 'utilities', 'Account number', 9),
    ('gas-msk', 'City Gas', 'utilities', 'Account number', 11),
    ('housing-msk', 'Housing Services', 'utilities', 'Payer''s code', 10),
    ('fiber', 'Fiber Internet', 'internet', 'Contract', 8),
    ('homenet', 'HomeNet', 'internet', 'Contract', 9),
    ('tv-one', 'One TV', 'television', 'Contract', 8),
    ('kinder', 'Kindergarten No. 7', 'education', 'Child''s number', 7),
    ('university', 'State University', 'education', 'Student''s number', 8),
    ('intercom', 'Intercom Service', 'utilities', 'Flat''s number', 6);
