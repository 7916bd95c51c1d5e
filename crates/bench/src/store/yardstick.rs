//! What pgbench runs: the rows of one order in one statement. The values are those of a row that
//! the product wrote; ids are as random as its own.

/// pgbench's script.
pub(crate) const INSERT: &str = r"\set customer random(1, :holders)
with stored as (
    insert into operation (operation_id, customer_id, kind, intent, intent_hash, state,
        generation, version, valid_until, created_at, updated_at, confirm_by, debit_account,
        most_minor, looks_like)
    values (gen_random_uuid(), :customer, :kind, :intent::jsonb, sha256(:kind::text::bytea),
        :state, 1, 1, now() + interval '1 day', now(), now(), now() + interval '15 minutes',
        :account, :most, sha256(:kind::text::bytea))
    returning operation_id),
token as (
    insert into operation_token (operation_id, customer_id, home, slice, priority, due_at,
        claimant, claim_until, attempt, first_sent_at)
    select operation_id, :customer, 'client-1', :customer % 64, 1, now(), nullif(:claimant, '-'),
        case when :sent::int = 1 then now() end, :sent::int,
        case when :sent::int = 1 then now() end
    from stored)
insert into outbox (customer_id, home, slice, generation, kind, entity_id, order_key, open, final,
    payload)
select :customer, 'client-1', :customer % 64, 1, 'operation', operation_id::text,
    decode(:order_key, 'hex'), true, false, :payload::jsonb
from stored;
";
