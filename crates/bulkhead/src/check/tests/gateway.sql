insert into customer (customer_id, revision, phone, name)
values (7, 1, '+79000000007', 'Anna P'), (8, 1, '+79000000008', 'Boris K');
insert into account (account_number, customer_id, currency, kind, name, opened_at)
values ('40817810000000007001', 7, 'RUB', 'current', 'Current', now()),
       ('40817810000000007002', 7, 'RUB', 'savings', 'Savings', now());
insert into operation_record (operation_id, customer_id, intent_hash, generation, intent,
        kind, state,
                              outcome, decided_at, recorded_at, entry_count)
values ('$anna_op', 7, $hash, 1, '{"valid_until":"2029-01-01T00:00:00Z"}', 'own_transfer',
        'executed',
        '{}', now(), now(), 1),
       ('$boris_op', 8, $hash, 1, '{"valid_until":"2029-01-01T00:00:00Z"}', 'bill_payment',
        'in_progress', null, null, now(), 0);
insert into entry (operation_id, leg, debit_account, credit_account, amount_minor,
        currency, booked_at,
                   kind, description)
values (null, null, '30102810000000000000', '40817810000000007001', 1000, 'RUB', now(),
        'opening', ''),
       ('$anna_op', 1, '40817810000000007001', '40817810000000007002', 300, 'RUB', now(),
           'transfer',
        '');
update account set balance_minor = -1000 where account_number = '30102810000000000000';
update account set balance_minor = 700 where account_number = '40817810000000007001';
update account set balance_minor = 300 where account_number = '40817810000000007002';
insert into fence (customer_id, generation) values (7, 1), (8, 2);
