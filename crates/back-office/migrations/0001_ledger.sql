-- The ledger: double entry, one row per entry (ADR 0003). Money rules are constraints here, so that
-- no program can break them.

create table customer (
    customer_id bigint primary key constraint customer_id_positive check (customer_id > 0),
    -- The router's count of changes; an older one changes nothing.
    revision bigint not null,
    -- How payees are found. Empty while another customer has taken the number over.
    phone text constraint customer_phone_unique unique,
    -- First and last name; others see the first name and an initial.
    name text not null
);

create table account (
    -- Twenty digits; 6 to 8 name the currency.
    account_number text collate "C" primary key,
    -- Empty: the bank's own.
    customer_id bigint constraint account_customer_exists references customer,
    currency text not null,
    -- current, savings (customers); holding, clearing, income, position, outside (the bank's own).
    kind text not null,
    name text not null,
    balance_minor bigint not null default 0,
    open boolean not null default true,
    opened_at timestamptz not null,
    constraint account_number_is_digits check (account_number ~ '^[0-9]{20}$'),
    constraint account_currency_in_number check (
        substr(account_number, 6, 3) = case currency
            when 'RUB' then '810' when 'USD' then '840' when 'EUR' then '978' else 'none' end),
    constraint account_kind_known check (
        case when customer_id is null
            then kind in ('holding', 'clearing', 'income', 'position', 'outside')
            else kind in ('current', 'savings') end),
    constraint account_never_below_zero check (customer_id is null or balance_minor >= 0),
    -- What the entries' foreign keys point at: both sides of an entry are in its currency.
    constraint account_has_one_currency unique (account_number, currency)
);

create index account_by_customer on account (customer_id, account_number)
    where customer_id is not null;

-- What the gateway knows under an operation's id: kept for 400 days after it was decided (I10), and
-- nothing here removes it earlier.
create table operation_record (
    operation_id uuid primary key,
    customer_id bigint not null,
    intent_hash bytea not null,
    -- Under which generation it was decided.
    generation bigint not null,
    -- What was confirmed, as it was sent. Empty for an operation voided before its intent came.
    intent json,
    -- Empty where the intent was not understood or never came.
    kind text,
    -- in_progress while a foreign system is being asked; otherwise how it ended.
    state text not null,
    outcome json,
    decided_at timestamptz,
    recorded_at timestamptz not null,
    -- How many entries it has booked (I16).
    entry_count smallint not null default 0,
    constraint operation_intent_hash_is_sha256 check (octet_length(intent_hash) = 32),
    constraint operation_state_known check (
        state in ('in_progress', 'executed', 'rejected', 'cancelled', 'expired')),
    constraint operation_outcome_when_ended check (
        (state = 'in_progress') = (outcome is null)
        and (outcome is null) = (decided_at is null)),
    constraint operation_entries_not_negative check (entry_count >= 0)
);

-- JOURNAL: what was decided for a customer since, and what is in progress.
create index operation_by_customer on operation_record (customer_id, decided_at);
-- The continuous check looks at what was decided lately.
create index operation_by_decision on operation_record (decided_at) where decided_at is not null;

create table entry (
    entry_id bigint generated always as identity primary key,
    -- Empty: not ordered by a customer (salary, card purchase, history).
    operation_id uuid constraint entry_operation_exists references operation_record,
    -- Which of the operation's entries, from 1.
    leg smallint,
    debit_account text collate "C" not null,
    credit_account text collate "C" not null,
    amount_minor bigint not null,
    currency text not null,
    booked_at timestamptz not null,
    kind text not null,
    description text not null,
    constraint entry_amount_positive check (amount_minor > 0),
    constraint entry_between_two_accounts check (debit_account <> credit_account),
    constraint entry_leg_with_operation check ((operation_id is null) = (leg is null)),
    constraint entry_debit_in_currency foreign key (debit_account, currency)
        references account (account_number, currency),
    constraint entry_credit_in_currency foreign key (credit_account, currency)
        references account (account_number, currency)
);

-- At most once: an operation books each of its entries once (I16).
create unique index entry_once_per_operation on entry (operation_id, leg)
    where operation_id is not null;
-- An account's history, newest first; the amount is there for sums without visiting the rows.
create index entry_by_debit on entry (debit_account, entry_id) include (amount_minor);
create index entry_by_credit on entry (credit_account, entry_id) include (amount_minor);

-- The bank's own accounts (ledger/chart.rs): sixteen stripes of each, so that no single row
-- serialises the bank.
insert into account (account_number, currency, kind, name, opened_at)
select
    purpose.balance_account || currency.digits || '00000000' || purpose.party
        || lpad(stripe::text, 2, '0'),
    currency.code, purpose.kind, purpose.name, '2020-01-01T00:00:00Z'
from (values
    ('47422', '01', 'holding', 'holding deposits'),
    ('47422', '02', 'holding', 'holding billers'),
    ('47422', '03', 'holding', 'holding topup'),
    ('47422', '04', 'holding', 'holding cash'),
    ('47423', '01', 'clearing', 'clearing deposits'),
    ('47423', '02', 'clearing', 'clearing billers'),
    ('47423', '03', 'clearing', 'clearing topup'),
    ('47423', '04', 'clearing', 'clearing cash'),
    ('70601', '00', 'income', 'fee income'),
    ('47407', '00', 'position', 'currency position'),
    ('30102', '00', 'outside', 'outside world')
) as purpose (balance_account, party, kind, name)
cross join (values ('RUB', '810'), ('USD', '840'), ('EUR', '978')) as currency (code, digits)
cross join generate_series(0, 15) as stripe;

-- Money that came in or went out without an operation, by the id that the system gave it.
create table booking (
    booking_id uuid primary key,
    -- SHA-256 of the booking as it was sent: the same id with another booking is refused.
    body_hash bytea not null constraint booking_hash_is_sha256 check (octet_length(body_hash) = 32),
    booked_at timestamptz not null
);
