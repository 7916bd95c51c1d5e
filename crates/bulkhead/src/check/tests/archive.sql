create table event_all partition of event default;
insert into life (incarnation, began_at, recovered_at) values ('$archive_life', now(), now());
insert into placement (home, slice, generation, owner, owner_since, state, sessions_from_generation,
                       revision, reason, decided_by, version)
values ('client-1', $anna_slice, 1, 'client-1', 1, 'active', 0, 1, 'first start', 'launcher', 1),
       ('client-1', $boris_slice, 2, 'backup-2', 2, 'moved', 0, 2, 'refused', 'automation', 2);
insert into customer (customer_id, home, slice)
values (7, 'client-1', $anna_slice), (8, 'client-1', $boris_slice);
insert into stream (block, incarnation, batch, hash)
values ('client-1', '$home_life', 1, $first), ('backup-2', '$backup_life', 0, $start);
insert into batch (stream_id, batch, hash, applied_at) values (1, 1, $first, now());
insert into customer_load (customer_id, stream_id, generation, loaded_at) values (8, 2, 2, now());
insert into event (logged_at, stream_id, batch, number, kind, home, slice, customer_id, generation,
                   late, serving, body)
values (now(), 1, 1, 0, 'entity', 'client-1', $anna_slice, 7, 1, 'on_time', 1, '{}');
insert into entity (customer_id, kind, entity_id, order_key, final, open, late, home, slice,
                    generation, cancel_requested, unfenced, conflict, asked, answered, cancel_asked,
                    cancel_answered, payload, fingerprint, writes)
values (7, 'operation', '$anna_op', '\x01', true, false, false, 'client-1', $anna_slice, 1, false,
        false, false, 0, 0, 0, 0, '{"state":"executed"}', $hash, 1),
       (8, 'operation', '$boris_op', '\x01', false, true, false, 'client-1', $boris_slice, 1, false,
        false, false, 0, 0, 0, 0, '{"state":"pending"}', $hash, 1);
