insert into placement (home, slice, generation, owner, owner_since, state, sessions_from_generation,
                       revision, reason, decided_by)
values ('client-1', $anna_slice, 1, 'client-1', 1, 'active', 0, 1, 'first start', 'launcher'),
       ('client-1', $boris_slice, 2, 'backup-2', 2, 'moved', 0, 2, 'refused', 'automation');
insert into customer (customer_id, home, slice, revision, login, phone, name, password_hash)
values (7, 'client-1', $anna_slice, 1, 'anna', '+79000000007', 'Anna P', 'x');
insert into operation (operation_id, customer_id, kind, intent, intent_hash, state, generation,
                       version, valid_until, created_at, updated_at, confirm_by,
                           looks_like, outcome)
values ('$anna_op', 7, 'own_transfer', '{}', $hash, 'executed', 1, 1, '2029-01-01', now(), now(),
        now(), '\x00', '{}');
insert into life (incarnation, fresh, acknowledged) values ('$home_life', false, 1);
insert into outbox (customer_id, home, slice, generation, kind, entity_id, order_key, open, final,
                    payload, batch)
values (7, 'client-1', $anna_slice, 1, 'operation', '$anna_op', '\x01', false, true, '{}', 1);
insert into batch (batch, previous, hash, lines, composed_at, acknowledged_at)
values (1, $start, $first, '{1}', now(), now());
