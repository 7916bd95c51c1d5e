-- How far the continuous check of the ledger has come (I16): up to this entry an account's entries
-- summed to this. Only an optimisation: without a row the check sums from the beginning, and
-- `back-office verify` never looks here.
create table ledger_checkpoint (
    account_number text collate "C" primary key
        constraint ledger_checkpoint_account_exists references account,
    through_entry_id bigint not null,
    sum_minor bigint not null
);
