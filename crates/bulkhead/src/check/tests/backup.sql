insert into placement (home, slice, generation, owner, owner_since, state, sessions_from_generation,
                       revision, reason, decided_by)
values ('client-1', $boris_slice, 2, 'backup-2', 2, 'moved', 0, 2, 'refused', 'automation');
insert into customer (customer_id, home, slice, revision, login, phone, name, password_hash,
                      loaded_generation)
values (8, 'client-1', $boris_slice, 1, 'boris', '+79000000008', 'Boris K', 'x', 2);
insert into operation (operation_id, customer_id, kind, intent, intent_hash, state, generation,
                       version, valid_until, created_at, updated_at, confirm_by, looks_like)
values ('$boris_op', 8, 'bill_payment', '{}', $hash, 'awaiting_confirmation', 1, 1,
        '2029-01-01', now(),
        now(), now(), '\x00');
insert into life (incarnation, fresh) values ('$backup_life', false);
